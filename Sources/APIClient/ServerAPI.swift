import FoundationEssentials
package import HTTPClient
import HTTPTypes

/// The contract's calls, made to one server.
package struct ServerAPI: Sendable {
  package let address: ServerAddress
  private let token: BearerToken?
  private let http: HTTPClient
  private let deadline: Duration
  /// How a pause is made before a change is repeated.
  private let pause: @Sendable (Duration) async throws -> Void

  /// Longer than the server takes for the slowest call, which fetches a repository or asks a
  /// registry.
  package static let usualDeadline: Duration = .seconds(120)

  /// - Parameter deadline: of one call; for streams, until they begin.
  package init(
    _ address: ServerAddress, token: BearerToken?, http: HTTPClient,
    deadline: Duration = usualDeadline,
    pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  ) {
    self.address = address
    self.token = token
    self.http = http
    self.deadline = deadline
    self.pause = pause
  }

  /// A page of 200 deployments takes some 300 KB.
  private static let answerLimit = 64 << 20
  /// Before each repetition of a change. Their sum is what a short restart of the server takes.
  private static let pauses: [Duration] = [.milliseconds(300), .seconds(1), .seconds(3)]

  // MARK: Reading

  func get<Shape: Decodable & Sendable>(
    _ call: ContractCall, _ parameter: String? = nil, query: [(String, String)] = []
  ) async throws(APIFailure) -> Answer<Shape> {
    try read(try await send(request(call, parameter, query: query)), of: call, parameter)
  }

  /// For answers that are read as they come.
  func open(
    _ call: ContractCall, _ parameter: String? = nil, query: [(String, String)] = [],
    headers: [HTTPField] = [], silence: Duration?
  ) async throws(APIFailure) -> ClientStream {
    var request = request(call, parameter, query: query)
    for field in headers { request.headers.append(field) }
    let stream: ClientStream
    do {
      stream = try await http.stream(request, silence: silence)
      guard stream.status != 200 else { return stream }
    } catch {
      throw .noAnswer(error)
    }
    let body: [UInt8]
    do {
      body = try await stream.rest(limit: 1 << 20)
    } catch {
      throw .noAnswer(error)
    }
    throw failure(
      ClientResponse(status: stream.status, headers: stream.headers, body: body), of: call,
      parameter)
  }

  // MARK: Changing

  /// Sends a body. A change is sent again, under the same key, where it is not known whether the
  /// server has heard it: it happens once.
  func post<Shape: Decodable & Sendable>(
    _ call: ContractCall, _ parameter: String? = nil, body: some Encodable
  ) async throws(APIFailure) -> Answer<Shape> {
    var request = request(call, parameter)
    request.headers[.contentType] = "application/json"
    do {
      request.body = Array(try JSONEncoder().encode(body))
    } catch {
      throw .noAnswer(.invalidRequest("\(error)"))
    }
    guard call.isChange else { return try read(try await send(request), of: call, parameter) }
    request.headers[.idempotencyKey] = UUID().uuidString
    var pauses = Self.pauses[...]
    var isRepetition = false
    while true {
      do {
        return try read(try await send(request), of: call, parameter)
      } catch {
        let mayPass =
          switch error {
          case .noAnswer: error.isPassing
          case .refused(let refusal): isRepetition && refusal.isAboutOurFirstTry
          case .notUnderstood: error.isPassing
          }
        guard mayPass, let next = pauses.popFirst() else { throw error }
        do {
          try await pause(next)
        } catch {
          throw .noAnswer(.cancelled)
        }
        isRepetition = true
      }
    }
  }

  // MARK: Parts

  private func request(
    _ call: ContractCall, _ parameter: String?, query: [(String, String)] = []
  ) -> ClientRequest {
    var url = address.url + call.path(parameter)
    for (index, (name, value)) in query.enumerated() {
      url += "\(index == 0 ? "?" : "&")\(name)=\(PercentEncoding.encoded(value))"
    }
    var request = ClientRequest(
      method: HTTPRequest.Method(call.method) ?? .get, url: url, deadline: deadline,
      responseLimit: Self.answerLimit)
    if let token { request.headers[.authorization] = "Bearer \(token.text)" }
    return request
  }

  private func send(_ request: ClientRequest) async throws(APIFailure) -> ClientResponse {
    do {
      return try await http.send(request)
    } catch {
      throw .noAnswer(error)
    }
  }

  private func read<Shape: Decodable & Sendable>(
    _ response: ClientResponse, of call: ContractCall, _ parameter: String?
  ) throws(APIFailure) -> Answer<Shape> {
    guard (200...299).contains(response.status) else {
      throw failure(response, of: call, parameter)
    }
    do {
      let value = try JSONDecoder().decode(Shape.self, from: Data(response.body))
      return Answer(value: value, json: response.body)
    } catch {
      throw .notUnderstood(
        status: response.status, "its answer to \(call.rawValue) is not what the contract says")
    }
  }

  private func failure(
    _ response: ClientResponse, of call: ContractCall, _ parameter: String?
  ) -> APIFailure {
    do {
      let problem = try JSONDecoder().decode(ProblemRecord.self, from: Data(response.body))
      return .refused(
        APIFailure.Refusal(
          call: call, parameter: parameter, problem: problem, json: response.body))
    } catch {
      if let place = response.headers[.location], (300...399).contains(response.status) {
        return .notUnderstood(status: response.status, "it points to \(place)")
      }
      return .notUnderstood(status: response.status, Self.appearance(of: response))
    }
  }

  /// What an answer that is none of ours looks like: its kind, or a text's first words.
  private static func appearance(of response: ClientResponse) -> String {
    guard let type = response.headers[.contentType] else { return "its answer has no content type" }
    guard type.hasPrefix("text/plain"),
      let line = String(decoding: response.body.prefix(400), as: UTF8.self)
        .split(whereSeparator: \.isNewline).first
    else { return "its answer is \(type)" }
    return "its answer is \"\(line.prefix(120))\""
  }
}

/// What a call answered, read and as it came.
package struct Answer<Shape: Sendable>: Sendable {
  package var value: Shape
  package var json: [UInt8]
}

extension APIFailure.Refusal {
  /// The first try reached the server and is still worked on.
  fileprivate var isAboutOurFirstTry: Bool {
    problem.status == 409 && problem.detail.contains("Idempotency-Key")
  }
}

extension HTTPField.Name {
  static let idempotencyKey = known("Idempotency-Key")
  static let lastEventID = known("Last-Event-ID")

  private static func known(_ name: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(name) else { preconditionFailure("not a field's name") }
    return name
  }
}
