package import DeployModel
import FoundationEssentials
import HTTPClient
import HTTPTypes
import OpenSSLKit

/// The token of an App's installation, for one repository: had when it is first needed, kept, and had
/// anew some minutes before it ends. Whoever asks while one is on its way waits for that one.
package actor InstallationTokens {
  private struct Token {
    var text: String
    var since: Timestamp
    var until: Timestamp
  }

  private let address: RESTAddress
  private let app: GitHubApp
  private let repository: RepositorySlug
  private let clock: any WallClock
  private var token: Token?
  private var underWay: Task<Result<Token, RESTFailure>, Never>?

  /// A token lives an hour. What begins with one has so long to end with it.
  private static let margin: Duration = .seconds(300)
  /// One that is so young is not had anew, whoever refuses it: what refuses it is something else.
  private static let youth: Duration = .seconds(30)

  package init(
    app: GitHubApp, repository: RepositorySlug, address: RESTAddress, clock: any WallClock
  ) {
    self.app = app
    self.repository = repository
    self.address = address
    self.clock = clock
  }

  /// - Parameter afterRefusal: the one that was given last is not taken any more.
  package func token(afterRefusal: Bool) async throws(RESTFailure) -> String {
    let now = clock.now()
    if let token {
      let isYoung = now < token.since + Self.youth
      if isYoung || (!afterRefusal && now < token.until.before(Self.margin)) { return token.text }
    }
    do throws(RESTFailure) {
      return try await renewed().text
    } catch {
      // Five minutes of outage at GitHub stop nothing.
      if !afterRefusal, let token, clock.now() < token.until { return token.text }
      throw error
    }
  }

  private func renewed() async throws(RESTFailure) -> Token {
    let task = underWay ?? Task { await self.fetch() }
    underWay = task
    let result = await task.value
    if underWay == task { underWay = nil }
    return try result.get()
  }

  private func fetch() async -> Result<Token, RESTFailure> {
    do throws(RESTFailure) {
      let new = try await request()
      token = new
      return .success(new)
    } catch {
      return .failure(error)
    }
  }

  // MARK: The call

  private struct Body: Encodable { var repositories: [String] }

  private struct Answer: Decodable {
    var token: String
    var expires_at: String
  }

  private func request() async throws(RESTFailure) -> Token {
    let asked = clock.now()
    let assertion: AppAssertion
    do throws(OpenSSLFailure) {
      assertion = try AppAssertion(of: app, at: asked)
    } catch {
      throw RESTFailure(.refused, "the App's key could not sign: \(error)")
    }
    // A token that leaks opens this repository and no other of the installation's.
    let response = try await address.send(
      .post, "/app/installations/\(app.installation)/access_tokens", bearer: assertion.text,
      body: try encoded(Body(repositories: [repository.name])))
    guard response.status == 201 else { throw failure(response) }
    do {
      let answer = try JSONDecoder().decode(Answer.self, from: Data(response.body))
      let end = try Date(answer.expires_at, strategy: .iso8601)
      return Token(
        text: answer.token, since: asked,
        until: Timestamp(milliseconds: Int64(end.timeIntervalSince1970 * 1000)))
    } catch {
      throw RESTFailure(
        .unavailable, "GitHub's answer with the installation's token cannot be understood")
    }
  }

  /// What to look at, where GitHub's own words do not say it.
  private func failure(_ response: ClientResponse) -> RESTFailure {
    let what = "the token of installation \(app.installation) of the App \(app.id)"
    var failure = RESTFailure(response, doing: what, now: clock.now())
    switch failure.kind {
    case .unauthorized:
      failure.message +=
        skew(response).map { "; \($0)" }
        ?? "; check githubApp.appID, and that githubApp.privateKey is a key of this App"
    case .notFound:
      failure.message +=
        "; check githubApp.installationID, and that the App is installed still"
    case .invalid:
      failure.message +=
        "; check that the installation may use \(repository) (the App's page, Install App, "
        + "Configure)"
    default: break
    }
    return failure
  }

  /// GitHub takes an assertion from a minute before it was made to nine minutes after.
  private func skew(_ response: ClientResponse) -> String? {
    guard let theirs = response.headers.date else { return nil }
    let ahead = clock.now().milliseconds / 1000 - theirs
    guard ahead > 55 || ahead < -500 else { return nil }
    return "this machine's clock is \(abs(ahead)) s \(ahead > 0 ? "ahead of" : "behind") GitHub's: "
      + "set it right (NTP)"
  }
}

func encoded(_ body: some Encodable) throws(RESTFailure) -> [UInt8] {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  do {
    return Array(try encoder.encode(body))
  } catch {
    throw RESTFailure(.refused, "the request could not be written: \(error)")
  }
}
