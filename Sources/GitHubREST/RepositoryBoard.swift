package import DeployModel
import FoundationEssentials
import HTTPClient
import HTTPTypes

/// What is said on GitHub of one repository: commit statuses, and deployments with theirs.
package struct RepositoryBoard: Sendable {
  /// "Best practices for using the REST API": a second between calls that change something, and never
  /// two at once.
  package static let pause: Duration = .seconds(1)

  private let connection: RESTConnection

  package init(_ connection: RESTConnection) { self.connection = connection }

  // MARK: Commit statuses

  private struct StatusBody: Encodable {
    var state: String
    var context: String
    var description: String
    var target_url: String?
  }

  package func post(
    _ status: CommitStatus, on commit: CommitSHA
  ) async throws(BoardError) {
    let body = StatusBody(
      state: status.state.rawValue, context: status.context, description: status.description,
      target_url: status.page)
    try await post(body, to: "/statuses/\(commit)", for: "the commit status")
  }

  // MARK: Deployments

  /// How a deployment is known again.
  private struct Payload: Codable {
    var slipway: String
    var service: String
  }

  private struct OpenBody: Encodable {
    var ref: String
    var task: String
    var environment: String
    var description: String
    var payload: Payload
    var production_environment: Bool
    var transient_environment = false
    /// Left out, GitHub would try to merge the default branch into the commit, and answer that it had.
    var auto_merge = false
    /// Left out, every context of the commit would have to be a success, our own pending one too.
    var required_contexts: [String] = []
  }

  private struct Opened: Decodable {
    var id: Int64
    var payload: Payload?

    private enum Key: CodingKey { case id, payload }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      id = try container.decode(Int64.self, forKey: .id)
      do {
        payload = try container.decodeIfPresent(Payload.self, forKey: .payload)
      } catch {
        // Somebody else's: a payload may be anything, text too.
        payload = nil
      }
    }
  }

  package func open(_ deployment: EnvironmentDeployment) async throws(BoardError) -> Int64 {
    let body = OpenBody(
      ref: deployment.commit.hex, task: deployment.isRollback ? "rollback" : "deploy",
      environment: deployment.environment, description: Self.short(deployment.description),
      payload: Payload(slipway: deployment.id.description, service: deployment.id.service.name),
      production_environment: deployment.isProduction)
    let response = try await post(body, to: "/deployments", for: "the deployment")
    // 202: GitHub has merged something instead.
    guard response.status == 201, let opened: Opened = decoded(response) else {
      throw BoardError(
        .refused, "GitHub answered \(response.status) for the deployment, and opened none")
    }
    return opened.id
  }

  package func find(_ deployment: EnvironmentDeployment) async throws(BoardError) -> Int64? {
    let query =
      "sha=\(deployment.commit)&environment=\(PercentEncoding.encoded(deployment.environment))"
    let response: ClientResponse
    do throws(RESTFailure) {
      response = try await connection.call(
        .get, "/deployments?\(query)&per_page=100", doing: "the list of deployments")
    } catch {
      throw BoardError(error)
    }
    guard let all: [Opened] = decoded(response) else {
      throw BoardError(.unavailable, "GitHub's list of deployments cannot be understood")
    }
    return all.first { $0.payload?.slipway == deployment.id.description }?.id
  }

  private struct EnvironmentStatusBody: Encodable {
    var state: String
    var description: String
    var log_url: String?
    /// What was a success in an environment that is not for production is made inactive by GitHub.
    var auto_inactive: Bool
  }

  package func post(
    _ status: EnvironmentStatus, on id: Int64
  ) async throws(BoardError) {
    let body = EnvironmentStatusBody(
      state: status.state.rawValue, description: status.description, log_url: status.page,
      auto_inactive: status.state == .success)
    do throws(RESTFailure) {
      _ = try await connection.call(
        .post, "/deployments/\(id)/statuses", try encoded(body), doing: "the deployment's status")
    } catch {
      // It was opened, so the repository is there: somebody has deleted the deployment.
      throw error.kind == .notFound ? BoardError(.refused, error.message) : BoardError(error)
    }
  }

  // MARK: Calling

  @discardableResult
  private func post(
    _ body: some Encodable & Sendable, to path: String, for what: String
  ) async throws(BoardError) -> ClientResponse {
    do throws(RESTFailure) {
      return try await connection.call(.post, path, try encoded(body), doing: what)
    } catch {
      throw BoardError(error)
    }
  }

  private func decoded<Value: Decodable>(_ response: ClientResponse) -> Value? {
    do {
      return try JSONDecoder().decode(Value.self, from: Data(response.body))
    } catch {
      return nil
    }
  }

  /// Of a deployment's description GitHub takes so much.
  private static func short(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.prefix { $0 != "\n" }.prefix(140)))
  }
}

extension BoardError {
  init(_ failure: RESTFailure) {
    let kind: Kind =
      switch failure.kind {
      case .unavailable: .unavailable
      case .limited(let wait): .limited(wait)
      // GitHub says 404 too where a right is missing.
      case .unauthorized, .forbidden, .notFound: .denied
      case .invalid, .refused: .refused
      }
    self.init(kind, failure.message)
  }
}
