import HTTPServer
import HTTPTypes
import Logging

/// Problems on the wire.
struct ProblemAnswers: Sendable {
  let logger: Logger

  /// What the router cannot route.
  func answer(
    _ status: HTTPResponse.Status, _ detail: String, _ request: ServerRequest
  ) -> ServerResponse {
    answer(Problem(status.code, status.reasonPhrase, detail), to: request)
  }

  func answer(_ problem: Problem, to request: ServerRequest) -> ServerResponse {
    logger.log(
      level: problem.status >= 500 ? .error : .notice, "request refused",
      metadata: [
        "request": "\(request.id)", "path": "\(request.path)", "status": "\(problem.status)",
        "from": "\(request.remoteAddress)", "cause": "\(problem.cause ?? problem.detail)",
      ])
    let body: [UInt8]
    do {
      body = try encodeJSON(problem.document(instance: request.path, requestID: request.id))
    } catch {
      body = Array(#"{"type":"about:blank","title":"Internal Server Error","status":500}"#.utf8)
    }
    var headers: HTTPFields = [.contentType: "application/problem+json"]
    for (name, value) in problem.headers {
      if let field = HTTPField.Name(name) { headers[field] = value }
    }
    return ServerResponse(.init(code: problem.status), headers: headers, body: .bytes(body))
  }
}

extension ServerResponse {
  init(_ answer: APIAnswer) {
    var headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
    if let location = answer.location { headers[.location] = location }
    self.init(.init(code: answer.status), headers: headers, body: .bytes(answer.body))
  }
}
