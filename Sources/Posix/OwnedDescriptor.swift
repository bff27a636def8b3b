import Glibc

/// A file descriptor with one owner: it is closed once, at the latest when its owner ends. The
/// compiler refuses a second close and a use after it.
package struct OwnedDescriptor: ~Copyable, Sendable {
  package let number: CInt

  package init(owning number: CInt) { self.number = number }

  deinit { _ = Glibc.close(number) }

  /// For those who must know whether the close went well (a written file, say).
  package consuming func close() throws(PosixError) {
    let number = number
    discard self
    // After EINTR Linux has closed the descriptor; a second close could hit a stranger's.
    guard Glibc.close(number) == 0 || errno == EINTR else { throw .last("close") }
  }

  /// Hands the number to another owner; this one no longer closes it.
  package consuming func release() -> CInt {
    let number = number
    discard self
    return number
  }
}
