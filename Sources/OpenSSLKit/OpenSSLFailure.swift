import COpenSSL

/// A call that OpenSSL could not do, and the first reason that it gave.
package struct OpenSSLFailure: Error, Hashable, Sendable, CustomStringConvertible {
  package let operation: String
  package let reason: String

  package init(_ operation: String, reason: String) {
    self.operation = operation
    self.reason = reason
  }

  /// Of the call that failed just now on this thread, whose queue of errors it empties.
  static func last(_ operation: String) -> OpenSSLFailure {
    OpenSSLFailure(operation, reason: ErrorQueue.take().reason)
  }

  package var description: String { "\(operation): \(reason)" }
}

/// OpenSSL queues its errors per thread, and reads the queue to tell one outcome from another. What
/// another connection left there would be taken for this one's: clear it before each call whose
/// outcome is asked for, and take what it left.
enum ErrorQueue {
  static func clear() { ERR_clear_error() }

  /// The oldest error is the cause; the ones after it are its callers'.
  static func take() -> (library: CInt, code: CInt, reason: String) {
    let error = ERR_peek_error()
    defer { clear() }
    guard error != 0 else { return (0, 0, "no reason given") }
    let library = ERR_GET_LIB(error)
    let code = ERR_GET_REASON(error)
    guard let text = ERR_reason_error_string(error) else {
      return (library, code, "error \(String(error, radix: 16))")
    }
    return (library, code, String(cString: text))
  }
}
