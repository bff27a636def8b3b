import CPosix

/// glibc's allocator, in a process that is to run for months.
package enum Heap {
  /// Lets threads share `count` arenas, where glibc makes up to eight for each core. Every arena keeps
  /// the pages between blocks that live long. To be called before there are many threads; a failure
  /// leaves glibc's own limit, and costs memory alone.
  @discardableResult
  package static func shareArenas(_ count: Int) -> Bool {
    slipway_share_arenas(Int32(clamping: count)) == 0
  }
}
