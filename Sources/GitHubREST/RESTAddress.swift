package import HTTPClient
import HTTPTypes

/// Where a REST API of GitHub's is, and how every call of it looks.
package struct RESTAddress: Sendable {
  private let client: HTTPClient
  /// `https://api.github.com`, without a slash at its end.
  package let text: String

  private static let deadline: Duration = .seconds(20)
  /// Lists of a hundred items take some hundred kilobytes.
  private static let answerLimit = 4 << 20
  /// A repository that was renamed answers with its new address; more than one step is a circle.
  private static let redirects = 2

  package init(_ text: String, client: HTTPClient) {
    self.client = client
    self.text = text
  }

  /// Any status but a redirect to the same server is an answer.
  ///
  /// - Parameter bearer: the token, or an App's assertion; nil for what anybody may ask.
  func send(
    _ method: HTTPRequest.Method, _ path: String, bearer: String?, body: [UInt8] = []
  ) async throws(RESTFailure) -> ClientResponse {
    var request = ClientRequest(
      method: method, url: text + path, body: body, deadline: Self.deadline,
      responseLimit: Self.answerLimit)
    request.headers[.accept] = "application/vnd.github+json"
    request.headers[.authorization] = bearer.map { "Bearer \($0)" }
    request.headers[.apiVersion] = "2022-11-28"
    if !body.isEmpty { request.headers[.contentType] = "application/json" }
    var response = try await send(request)
    var redirects = 0
    while let next = target(of: response), redirects < Self.redirects {
      // "Redirects": 301, 302, 307 and 308 alike mean this very request at the other address.
      redirects += 1
      request.url = next
      response = try await send(request)
    }
    return response
  }

  private func send(_ request: ClientRequest) async throws(RESTFailure) -> ClientResponse {
    do throws(ClientError) {
      return try await client.send(request)
    } catch {
      throw RESTFailure(error)
    }
  }

  /// The token goes nowhere but to the server that it is for (R13).
  private func target(of response: ClientResponse) -> String? {
    guard [301, 302, 307, 308].contains(response.status),
      let location = response.headers[.location]
    else { return nil }
    if location.hasPrefix("/"), !location.hasPrefix("//") { return origin + location }
    return location.hasPrefix("\(origin)/") ? location : nil
  }

  /// `https://api.github.com` of `https://api.github.com/v3`.
  private var origin: String {
    guard let start = text.firstRange(of: "://")?.upperBound else { return text }
    return String(text[..<(text[start...].firstIndex(of: "/") ?? text.endIndex)])
  }
}
