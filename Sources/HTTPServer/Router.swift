package import HTTPTypes
import HTTPWire

/// Finds the route of a request by method and path.
///
/// A pattern is a path whose components are literal or `{name}`. A literal wins over a `{name}` at
/// the same place, and the choice is not taken back: two patterns may not differ in nothing but
/// names. HEAD is answered through GET and OPTIONS from the table.
package struct Router: HTTPHandler {
  package typealias Respond = @Sendable (ServerRequest) async -> ServerResponse
  /// Makes the answer to a request that no route takes, or that never became one: a status and what
  /// to tell the client. Where no head was understood the path is empty.
  package typealias Problem =
    @Sendable (HTTPResponse.Status, String, ServerRequest) -> ServerResponse

  private struct Route: Sendable {
    var pattern: String
    var bodyLimit: Int
    var tooLarge: String?
    var names: [String]
    var respond: Respond
  }

  private struct Node: Sendable {
    var literals: [String: Int] = [:]
    var parameter: Int?
    var routes: [HTTPRequest.Method: Route] = [:]
  }

  private enum Match {
    case route(Route, values: [String])
    case otherMethods([HTTPRequest.Method])
    case nothing
    case malformed
  }

  private var nodes = [Node()]
  /// The patterns without a `{name}`, as most clients send them: webhooks and probes need not be
  /// taken apart.
  private var literalPaths: [String: Int] = [:]
  private let problem: Problem
  /// What is read of a body that no route takes, so that its sender hears 404 rather than 413.
  package static let unmatchedBodyLimit = 64 << 10

  package init(problem: @escaping Problem) { self.problem = problem }

  /// Adds a route. Two for the same method and path are a mistake in the program.
  ///
  /// - Parameter tooLarge: what a client is told whose body is beyond the limit, if more can be said
  ///   than the limit itself.
  package mutating func add(
    _ method: HTTPRequest.Method, _ pattern: String, bodyLimit: Int = 64 << 10,
    tooLarge: String? = nil, _ respond: @escaping Respond
  ) {
    guard let components = PathComponents(pattern) else {
      preconditionFailure("\(pattern) is no path")
    }
    var node = 0
    var names: [String] = []
    for component in components.decoded {
      if component.utf8.first == UInt8(ascii: "{"), component.utf8.last == UInt8(ascii: "}") {
        names.append(String(component.dropFirst().dropLast()))
        let next = nodes[node].parameter ?? addNode()
        nodes[node].parameter = next
        node = next
      } else {
        let next = nodes[node].literals[component] ?? addNode()
        nodes[node].literals[component] = next
        node = next
      }
    }
    if names.isEmpty { literalPaths[pattern] = node }
    precondition(nodes[node].routes[method] == nil, "\(method) \(pattern) was added twice")
    nodes[node].routes[method] = Route(
      pattern: pattern, bodyLimit: bodyLimit, tooLarge: tooLarge, names: names, respond: respond)
  }

  /// Every route, sorted; to be compared with the contract.
  package var routes: [(method: HTTPRequest.Method, pattern: String)] {
    var all: [(method: HTTPRequest.Method, pattern: String)] = []
    for node in nodes {
      for (method, route) in node.routes { all.append((method, route.pattern)) }
    }
    return all.sorted { ($0.pattern, $0.method.rawValue) < ($1.pattern, $1.method.rawValue) }
  }

  package func bodyLimit(for head: RequestHeadView) -> Int {
    guard case .route(let route, _) = match(head.method, head.path) else {
      return Self.unmatchedBodyLimit
    }
    return route.bodyLimit
  }

  package func respond(to request: ServerRequest) async -> ServerResponse {
    if request.path == "*" { return allowing(Set(nodes.flatMap(\.routes.keys)), .noContent) }
    switch match(request.method, request.path) {
    case .route(let route, let values):
      if values.isEmpty { return await route.respond(request) }
      var request = request
      for (name, value) in zip(route.names, values) { request.parameters[name] = value }
      return await route.respond(request)
    case .otherMethods(let methods):
      if request.method == .options { return allowing(Set(methods), .noContent) }
      var answer = problem(
        .methodNotAllowed, "This resource does not support \(request.method).", request)
      answer.headers[.allow] = allow(Set(methods))
      return answer
    case .nothing: return problem(.notFound, "There is nothing at this path.", request)
    case .malformed: return problem(.badRequest, "The path is not well encoded.", request)
    }
  }

  package func refusal(of refused: RefusedRequest) -> ServerResponse {
    let head = refused.head ?? RequestHeadView(method: .get, path: "")
    var detail = refused.detail
    if refused.error == .bodyTooLarge, case .route(let route, _) = match(head.method, head.path) {
      detail = route.tooLarge ?? detail
    }
    var answer = problem(
      refused.status, detail,
      ServerRequest(
        id: refused.id, method: head.method, path: head.path, query: head.query,
        headers: head.headers, remoteAddress: refused.remoteAddress))
    if let pause = refused.retryAfter { answer.headers[.retryAfter] = pause }
    return answer
  }

  private func match(_ method: HTTPRequest.Method, _ path: String) -> Match {
    if let node = literalPaths[path] { return choose(method, at: node, values: []) }
    guard let components = PathComponents(path) else { return .malformed }
    var node = 0
    var values: [String] = []
    for component in components.decoded {
      if let next = nodes[node].literals[component] {
        node = next
      } else if let next = nodes[node].parameter, !component.isEmpty {
        values.append(component)
        node = next
      } else {
        return .nothing
      }
    }
    return choose(method, at: node, values: values)
  }

  private func choose(_ method: HTTPRequest.Method, at node: Int, values: [String]) -> Match {
    let routes = nodes[node].routes
    if let route = routes[method] ?? (method == .head ? routes[.get] : nil) {
      return .route(route, values: values)
    }
    return routes.isEmpty ? .nothing : .otherMethods(Array(routes.keys))
  }

  private func allowing(
    _ methods: Set<HTTPRequest.Method>, _ status: HTTPResponse.Status
  ) -> ServerResponse {
    ServerResponse(status, headers: [.allow: allow(methods)])
  }

  private func allow(_ methods: Set<HTTPRequest.Method>) -> String {
    var names = Set(methods.map(\.rawValue))
    names.insert("OPTIONS")
    if names.contains("GET") { names.insert("HEAD") }
    return names.sorted().joined(separator: ", ")
  }

  private mutating func addNode() -> Int {
    nodes.append(Node())
    return nodes.count - 1
  }
}
