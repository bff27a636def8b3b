import DeployModel
import FoundationEssentials
import HTTPClient
import HTTPTypes

/// Turns challenges into `Authorization` values and keeps them: one per registry and scope.
actor RegistryAuthorizer {
  private struct Key: Hashable {
    var host: String
    var path: String
    var method: HTTPRequest.Method?

    /// What reads and what publishes share one; no other method gets what may do more.
    init(_ endpoint: RegistryEndpoint, _ method: HTTPRequest.Method) {
      host = endpoint.host
      path = endpoint.path
      self.method = method == .delete ? method : nil
    }
  }

  private struct Grant {
    var authorization: String
    var until: Timestamp?
  }

  private let client: HTTPClient
  private let accounts: RegistryAccounts
  private let clock: any WallClock
  private let deadline: Duration
  private var grants: [Key: Grant] = [:]

  /// What the token specification prescribes where a server does not say.
  private static let defaultLifetime = 60
  /// Repositories are few; this bounds the memory that odd names could take.
  private static let grantLimit = 4096

  init(
    client: HTTPClient, accounts: RegistryAccounts, clock: any WallClock, deadline: Duration
  ) {
    self.client = client
    self.accounts = accounts
    self.clock = clock
    self.deadline = deadline
  }

  func authorization(for endpoint: RegistryEndpoint, to method: HTTPRequest.Method) -> String? {
    let key = Key(endpoint, method)
    guard let grant = grants[key] else { return nil }
    if let until = grant.until, until <= clock.now() {
      grants[key] = nil
      return nil
    }
    return grant.authorization
  }

  /// A fresh value for a 401 of this registry; nil if there is nothing to answer it with.
  func answer(
    _ challenges: [AuthChallenge], for endpoint: RegistryEndpoint, to method: HTTPRequest.Method
  ) async throws(RegistryError) -> String? {
    let credentials = try await credentials(for: endpoint)
    let grant: Grant
    if let bearer = challenges.first(where: { $0.scheme == "bearer" }) {
      grant = try await token(bearer, credentials, endpoint)
    } else if let basic = credentials?.basic, challenges.contains(where: { $0.scheme == "basic" }) {
      grant = Grant(authorization: "Basic \(basic)", until: nil)
    } else {
      return nil
    }
    if grants.count >= Self.grantLimit { grants = [:] }
    grants[Key(endpoint, method)] = grant
    return grant.authorization
  }

  private func credentials(
    for endpoint: RegistryEndpoint
  ) async throws(RegistryError) -> RegistryCredentials? {
    do throws(CredentialFault) {
      return try await accounts.credentials(host: endpoint.host, path: endpoint.path)
    } catch {
      throw RegistryFailure(endpoint).credentials(error)
    }
  }

  private struct TokenAnswer: Decodable {
    var token: String?
    var access_token: String?
    var expires_in: Int?
  }

  private func token(
    _ challenge: AuthChallenge, _ credentials: RegistryAccounts.Credentials?,
    _ endpoint: RegistryEndpoint
  ) async throws(RegistryError) -> Grant {
    let failure = RegistryFailure(endpoint)
    // The password goes where the realm says: never in the clear, unless all of it is.
    guard let realm = challenge.parameters["realm"],
      realm.hasPrefix("https://") || (endpoint.isInsecure && realm.hasPrefix("http://"))
    else { throw failure.refused("its token service is not an https address") }
    let request = tokenRequest(realm, challenge, credentials, endpoint)
    let asked = clock.now()
    let response: ClientResponse
    do throws(ClientError) {
      response = try await client.send(request)
    } catch {
      throw failure.transport(error)
    }
    guard response.status == 200 else { throw failure.status(response, doing: "its token service") }
    let answer: TokenAnswer
    do {
      answer = try JSONDecoder().decode(TokenAnswer.self, from: Data(response.body))
    } catch {
      throw failure.unintelligible("its token service's answer")
    }
    guard let token = answer.token ?? answer.access_token, !token.isEmpty else {
      throw failure.unintelligible("its token service's answer")
    }
    let lifetime = min(max(answer.expires_in ?? Self.defaultLifetime, 0), 24 * 3600)
    // Renewed when four fifths are over: a token must not run out on its way.
    return Grant(
      authorization: "Bearer \(token)", until: asked + .milliseconds(lifetime * 800))
  }

  /// 1. An identity token is a refresh token: OAuth 2 (RFC 6749, section 6), by POST.
  /// 2. A password goes by GET, which every token service knows.
  private func tokenRequest(
    _ realm: String, _ challenge: AuthChallenge, _ credentials: RegistryCredentials?,
    _ endpoint: RegistryEndpoint
  ) -> ClientRequest {
    let scope = Self.scope(challenge, endpoint, mayPush: credentials != nil)
    let service = challenge.parameters["service"].map { ("service", $0) }
    var fields = [service, ("scope", scope)].compactMap { $0 }
    if case .identityToken(let token) = credentials?.secret {
      fields = [("grant_type", "refresh_token"), ("client_id", "slipway")] + fields
      fields.append(("refresh_token", token))
      var request = ClientRequest(
        method: .post, url: realm, deadline: deadline, responseLimit: 1 << 20)
      request.headers[.contentType] = "application/x-www-form-urlencoded"
      request.body = Array(Self.form(fields, keeping: "").utf8)
      return request
    }
    let mark = realm.utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
    var request = ClientRequest(
      url: realm + mark + Self.form(fields, keeping: ":/"), deadline: deadline,
      responseLimit: 1 << 20)
    if let basic = credentials?.basic { request.headers[.authorization] = "Basic \(basic)" }
    return request
  }

  private static func form(_ fields: [(String, String)], keeping kept: String) -> String {
    fields.map { "\($0)=\(PercentEncoding.encoded($1, keeping: kept))" }.joined(separator: "&")
  }

  /// 1. What the registry asks for: to delete takes more than to publish. 2. With credentials the
  /// token is for pushing as well: GHCR answers a pull of a package that does not exist yet with 403,
  /// and who may push it gets the 404.
  private static func scope(
    _ challenge: AuthChallenge, _ endpoint: RegistryEndpoint, mayPush: Bool
  ) -> String {
    let asked = challenge.parameters["scope"].flatMap(repositoryScope)
    var actions = mayPush ? ["pull", "push"] : ["pull"]
    for action in asked?.actions ?? [] where !actions.contains(action) { actions.append(action) }
    // A registry behind a prefix names the repository differently from its path.
    return "repository:\(asked?.name ?? endpoint.path):\(actions.joined(separator: ","))"
  }

  /// `a/b` and `pull` of `repository:a/b:pull`.
  private static func repositoryScope(_ scope: String) -> (name: String, actions: [String])? {
    let prefix = "repository:"
    guard scope.hasPrefix(prefix) else { return nil }
    let rest = scope.dropFirst(prefix.count)
    guard let colon = rest.lastIndex(of: ":"), colon > rest.startIndex else { return nil }
    // GHCR's challenge for the API's root holds a placeholder.
    guard rest[..<colon] != "user/image" else { return nil }
    let actions = rest[rest.index(after: colon)...].split(separator: ",")
    return (String(rest[..<colon]), actions.map(String.init))
  }
}
