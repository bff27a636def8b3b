import HTTPTypes

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

  /// The answer to what never became a request.
  func refusal(of refused: RefusedRequest) -> ServerResponse
}

extension HTTPHandler {
  /// A problem (RFC 9457).
  package func refusal(of refused: RefusedRequest) -> ServerResponse {
    let status = refused.status
    var problem = #"{"type":"about:blank","title":"\#(status.reasonPhrase)","#
    problem += #""status":\#(status.code),"detail":"\#(refused.detail)","#
    if let path = refused.head?.path { problem += #""instance":"\#(escaped(path))","# }
    problem += #""requestId":"\#(refused.id)"}"#
    var headers: HTTPFields = [.contentType: "application/problem+json"]
    headers[.retryAfter] = refused.retryAfter
    return ServerResponse(status, headers: headers, body: .bytes(Array(problem.utf8)))
  }
}

/// A request target is visible ASCII: two characters of it mean something in JSON.
private func escaped(_ path: String) -> String {
  path.replacing(#"\"#, with: #"\\"#).replacing(#"""#, with: #"\""#)
}
