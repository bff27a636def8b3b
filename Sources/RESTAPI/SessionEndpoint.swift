import DeployModel
import HTTPServer
import HTTPTypes
import HTTPWire

/// `/session`: who calls and what they may do; signing in with a token, so that a browser need not
/// keep it; signing out.
struct SessionEndpoint: Sendable {
  let authentication: Authentication
  let answers: LongAnswers

  private var site: Site { authentication.access.site }

  /// Never 401: that nobody is signed in is an answer.
  func show(_ request: ServerRequest) async throws(Problem) -> ServerResponse {
    ServerResponse(try .json(try await shape(of: request)))
  }

  /// A stranger's page must not sign people in as somebody else: it has to come from ours.
  func signIn(_ request: ServerRequest) async throws(Problem) -> ServerResponse {
    guard site.isOurs(request.headers, changing: true) else { throw .foreignPage }
    // Who signs in is not known yet: nothing is unpacked (R13).
    guard request.headers[.contentEncoding] == nil else {
      throw .unsupportedType("the body of this call must not be packed")
    }
    var body = try BodyReader(request.body)
    let token = body.requiredString("token")
    try body.finish()
    let digest = APIToken.digest(of: Array(token.utf8))
    guard let caller = authentication.access.caller(digest: digest) else {
      throw .unauthorized("the token is not known")
    }
    let id = try await authentication.sessions.begin(
      SessionToken(name: caller.name, digest: digest))
    var response = ServerResponse(try .json(SessionShape(caller, signedIn: true)))
    response.headers[.setCookie] = SessionCookie.value(id, isSecure: site.isSecure)
    return response
  }

  /// What the session had open ends with it. Without one, nothing changes.
  func signOut(_ request: ServerRequest) async throws(Problem) -> ServerResponse {
    guard site.isOurs(request.headers, changing: true) else { throw .foreignPage }
    if let id = SessionCookie.id(in: request.headers[.cookie], isSecure: site.isSecure) {
      try await authentication.sessions.end(id)
      answers.wakeAll()
    }
    var response = ServerResponse(try .json(try await shape(of: request)))
    response.headers[.setCookie] = SessionCookie.removal(isSecure: site.isSecure)
    return response
  }

  private func shape(of request: ServerRequest) async throws(Problem) -> SessionShape {
    // A wrong token is still 401: whoever sends one wants to know.
    if request.headers[.authorization] != nil {
      return SessionShape(
        try await authentication.authenticate(request).caller, signedIn: true)
    }
    if let id = SessionCookie.id(in: request.headers[.cookie], isSecure: site.isSecure),
      site.isOurs(request.headers, changing: false),
      let caller = try await authentication.caller(of: id)
    {
      return SessionShape(caller, signedIn: true)
    }
    do throws(Problem) {
      return SessionShape(try authentication.access.caller(authorization: nil), signedIn: false)
    } catch {
      return SessionShape(nil, signedIn: false)
    }
  }
}
