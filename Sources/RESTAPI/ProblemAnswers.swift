import HTTPServer
import HTTPTypes
import Logging

/// Problems on the wire.
struct ProblemAnswers: Sendable {
  let logger: Logger
  /// R12: what is refused fills no log. Bodies come into it by the names that are wrong in them.
  private static let causeLength = 1000

  /// What the router cannot route, and what never became a request.
  func answer(
    _ status: HTTPResponse.Status, _ detail: String, _ request: ServerRequest
  ) -> ServerResponse {
    answer(Problem(status.code, status.reasonPhrase, detail), to: request)
  }

  func answer(_ problem: Problem, to request: ServerRequest) -> ServerResponse {
    logger.log(
      level: level(of: problem, request), "request refused",
      metadata: [
        "request": "\(request.id)", "path": "\(request.path)", "status": "\(problem.status)",
        "from": "\(request.remoteAddress)",
        "cause": "\((problem.cause ?? problem.detail).shortened(to: Self.causeLength))",
      ])
    let body: [UInt8]
    do {
      body = try encodeJSON(
        problem.document(
          instance: request.path.isEmpty ? nil : request.path, requestID: request.id))
    } catch {
      body = Array(#"{"type":"about:blank","title":"Internal Server Error","status":500}"#.utf8)
    }
    var headers: HTTPFields = [
      .contentType: "application/problem+json", .xContentTypeOptions: "nosniff",
    ]
    for (name, value) in problem.headers {
      if let field = HTTPField.Name(name) { headers[field] = value }
    }
    return ServerResponse(.init(code: problem.status), headers: headers, body: .bytes(body))
  }

  /// Whoever sends bytes that are no request at all fills no log with them.
  private func level(of problem: Problem, _ request: ServerRequest) -> Logger.Level {
    if request.path.isEmpty { return .debug }
    return problem.status >= 500 ? .error : .notice
  }
}

extension ServerResponse {
  init(_ answer: APIAnswer) {
    var headers: HTTPFields = [
      .contentType: "application/json", .cacheControl: "no-store",
      .xContentTypeOptions: "nosniff",
    ]
    if let location = answer.location { headers[.location] = location }
    self.init(.init(code: answer.status), headers: headers, body: .bytes(answer.body))
  }
}
