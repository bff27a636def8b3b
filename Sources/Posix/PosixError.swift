import Glibc

/// A system call that failed, and how: `errno` as a value.
package struct PosixError: Error, Hashable, Sendable, CustomStringConvertible {
  package let call: String
  package let code: CInt

  package init(_ call: String, _ code: CInt) {
    self.call = call
    self.code = code
  }

  /// Of the call that failed just now on this thread.
  package static func last(_ call: String) -> PosixError { PosixError(call, errno) }

  package var description: String {
    var text = [CChar](repeating: 0, count: 128)
    // strerror(3) shares one buffer between threads.
    guard strerror_r(code, &text, text.count) == 0 else { return "\(call): error \(code)" }
    let words = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return "\(call): \(String(decoding: words, as: UTF8.self))"
  }
}
