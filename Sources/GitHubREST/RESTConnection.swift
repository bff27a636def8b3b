package import DeployModel
import HTTPClient
import HTTPTypes

/// The REST API of one repository, called in one name.
package struct RESTConnection: Sendable {
  package enum Authorization: Sendable {
    case token(String)
    case installation(InstallationTokens)
  }

  private let address: RESTAddress
  private let repository: RepositorySlug
  private let authorization: Authorization
  private let clock: any WallClock

  package init(
    _ repository: RepositorySlug, at address: RESTAddress, as authorization: Authorization,
    clock: any WallClock
  ) {
    self.address = address
    self.repository = repository
    self.authorization = authorization
    self.clock = clock
  }

  /// Any answer but 2xx is an error. A refused installation token is had anew, once.
  ///
  /// - Parameters:
  ///   - path: below `/repos/{owner}/{repo}`.
  ///   - doing: what the call is for, in the texts of errors.
  func call(
    _ method: HTTPRequest.Method, _ path: String, _ body: [UInt8] = [], doing what: String
  ) async throws(RESTFailure) -> ClientResponse {
    let path = "/repos/\(repository)\(path)"
    let token = try await token(afterRefusal: false)
    var response = try await address.send(method, path, bearer: token, body: body)
    if response.status == 401 {
      let other = try await self.token(afterRefusal: true)
      if other != token {
        response = try await address.send(method, path, bearer: other, body: body)
      }
    }
    guard (200...299).contains(response.status) else {
      throw RESTFailure(response, doing: what, now: clock.now())
    }
    return response
  }

  private func token(afterRefusal: Bool) async throws(RESTFailure) -> String {
    switch authorization {
    case .token(let text): return text
    case .installation(let tokens):
      do throws(RESTFailure) {
        return try await tokens.token(afterRefusal: afterRefusal)
      } catch {
        // It is not the call that is impossible: nobody here may make any.
        var failure = error
        if failure.kind == .invalid || failure.kind == .refused { failure.kind = .forbidden }
        throw failure
      }
    }
  }
}
