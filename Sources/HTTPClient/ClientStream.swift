package import HTTPTypes

/// An answer whose body is read as it comes. Over when it is let go.
package final class ClientStream: Sendable {
  /// Any status, redirects and errors included.
  package let status: Int
  package let headers: HTTPFields
  private let buffer: StreamBuffer
  private let leave: @Sendable () -> Void

  init(_ head: StreamBuffer.Head, _ buffer: StreamBuffer, leave: @escaping @Sendable () -> Void) {
    status = head.status
    headers = head.headers
    self.buffer = buffer
    self.leave = leave
  }

  deinit { leave() }

  /// What has come since the last call, at least one byte; nil at the body's proper end. For one
  /// reader at a time. Whoever reads slowly slows the server: no more than
  /// `StreamBuffer.limit` and one piece of libcurl's wait here.
  package func next() async throws(ClientError) -> [UInt8]? {
    try await withTaskCancellationHandler {
      await buffer.next()
    } onCancel: {
      leave()
    }.get()
  }

  /// The rest of the body, for answers that are known to be short.
  package func rest(limit: Int) async throws(ClientError) -> [UInt8] {
    var body: [UInt8] = []
    while body.count < limit, let bytes = try await next() { body += bytes }
    return Array(body.prefix(limit))
  }
}
