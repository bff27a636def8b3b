package import HTTPTypes

/// What a server serves.
///
/// Both calls come on a reactor, which many connections share, and the request's task prefers to
/// run there: `@concurrent` functions and plain actors do so too. A handler that computes for
/// milliseconds says `withTaskExecutorPreference(globalConcurrentExecutor)`; one that blocks uses a
/// `BlockingPool`.
package protocol HTTPHandler: Sendable {
  /// How many bytes of body this request may have; more is answered 413 without being read.
  func bodyLimit(for head: RequestHeadView) -> Int

  func respond(to request: ServerRequest) async -> ServerResponse

  /// The answer to what never became a request: malformed, too large, too late.
  func refusal(
    _ status: HTTPResponse.Status, detail: String, requestID: String
  ) -> ServerResponse
}

extension HTTPHandler {
  /// A problem (RFC 9457). `detail` is text of this program's and needs no escaping.
  package func refusal(
    _ status: HTTPResponse.Status, detail: String, requestID: String
  ) -> ServerResponse {
    let problem = """
      {"type":"about:blank","title":"\(status.reasonPhrase)","status":\(status.code),\
      "detail":"\(detail)","requestId":"\(requestID)"}
      """
    var headers: HTTPFields = [.contentType: "application/problem+json"]
    if status == .serviceUnavailable || status == .tooManyRequests { headers[.retryAfter] = "1" }
    return ServerResponse(status, headers: headers, body: .bytes(Array(problem.utf8)))
  }
}
