/// Why there is no response. Names the host at most: paths, queries and headers may hold secrets.
package enum ClientError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A defect of the caller's or of the configuration.
  case invalidRequest(String)
  /// No connection, or it broke: worth another try.
  case unreachable(host: String, reason: String)
  /// The certificate or the handshake: another try seldom helps.
  case untrusted(host: String, reason: String)
  case timedOut(host: String, Duration)
  case tooLarge(host: String, limit: Int)
  case cancelled
  /// The client was shut down.
  case closed

  package var description: String {
    switch self {
    case .invalidRequest(let why): "the request is invalid: \(why)"
    case .unreachable(let host, let reason): "\(host) cannot be reached: \(reason)"
    case .untrusted(let host, let reason): "\(host) cannot be trusted: \(reason)"
    case .timedOut(let host, let limit):
      "\(host) did not answer within \(limit.components.seconds) s"
    case .tooLarge(let host, let limit): "\(host) answered with more than \(limit) bytes"
    case .cancelled: "the request was cancelled"
    case .closed: "the client is closed"
    }
  }
}
