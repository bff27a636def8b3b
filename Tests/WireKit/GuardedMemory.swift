import Glibc

/// Memory between two pages that may not be touched: whoever reads or writes one byte before its
/// start or behind its end is killed by the kernel. Swift's own bounds checks say the same, but
/// they can be switched off, and pointers have none.
package final class GuardedMemory {
  package enum Side: CaseIterable, Sendable { case start, end }

  private let base: UnsafeMutableRawPointer
  private let capacity: Int
  private let page: Int
  /// At which side the bytes touch the guard.
  package var side: Side

  /// Nil: the kernel has no memory. `capacity` is rounded up to whole pages.
  package init?(capacity: Int, side: Side) {
    page = sysconf(CInt(_SC_PAGESIZE))
    self.capacity = max(1, (capacity + page - 1) / page) * page
    self.side = side
    let whole = self.capacity + 2 * page
    guard let base = mmap(nil, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      base != MAP_FAILED
    else { return nil }
    self.base = base
    guard mprotect(base + page, self.capacity, PROT_READ | PROT_WRITE) == 0 else { return nil }
  }

  deinit { munmap(base, capacity + 2 * page) }

  /// A copy of `bytes`, which must fit, until the next one.
  package func place(_ bytes: [UInt8]) -> UnsafeBufferPointer<UInt8> {
    precondition(bytes.count <= capacity, "\(bytes.count) bytes do not fit")
    let start = base + page + (side == .end ? capacity - bytes.count : 0)
    bytes.withUnsafeBytes {
      if let source = $0.baseAddress { start.copyMemory(from: source, byteCount: $0.count) }
    }
    return UnsafeBufferPointer(
      start: start.assumingMemoryBound(to: UInt8.self), count: bytes.count)
  }
}
