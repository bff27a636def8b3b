import HTTPServer
import HTTPTypes
import HTTPWire

/// How a request shows who sent it.
enum Credential: Hashable, Sendable {
  case none
  /// The `Authorization` field.
  case bearer(String)
  case session(Sessions.ID)
}

/// Who sends a request: by its `Authorization` field, else by a session's cookie, else nobody (R13).
struct Authentication: Sendable {
  let access: AccessTable
  let sessions: Sessions

  /// 1. With an `Authorization` field it alone counts: a program says what it means.
  /// 2. A cookie counts only in requests of our own page. Whoever else brought it along is nobody;
  ///    for a change that is said, as a person may have to know.
  /// 3. Without either, or with a session that has ended: nobody, who may read if
  ///    `auth.anonymousRead` says so.
  func authenticate(
    _ request: ServerRequest
  ) async throws(Problem) -> (caller: Caller, credential: Credential) {
    if let authorization = request.headers[.authorization] {
      return (try access.caller(authorization: authorization), .bearer(authorization))
    }
    let isChange = !Self.safe.contains(request.method)
    if let id = SessionCookie.id(in: request.headers[.cookie], isSecure: access.site.isSecure) {
      if access.site.isOurs(request.headers, changing: isChange) {
        if let caller = try await caller(of: id) { return (caller, .session(id)) }
        if isChange { throw .unauthorized("the session has ended: sign in again") }
      } else if isChange {
        throw .foreignPage
      }
    }
    return (try access.caller(authorization: nil), .none)
  }

  /// Nil: the session, or its token, has ended.
  func caller(of id: Sessions.ID) async throws(Problem) -> Caller? {
    try await sessions.token(of: id, among: access.sessionToken(named:))
      .flatMap { access.caller(digest: $0.digest) }
  }

  /// Whether it still opens anything. Throws where that cannot be said now.
  func isKnown(_ credential: Credential) async throws(Problem) -> Bool {
    switch credential {
    case .session(let id): return try await caller(of: id) != nil
    case .none, .bearer:
      do throws(Problem) {
        _ = try access.caller(authorization: credential.authorization)
        return true
      } catch {
        return false
      }
    }
  }

  private static let safe: Set<HTTPRequest.Method> = [.get, .head]
}

extension Credential {
  fileprivate var authorization: String? {
    if case .bearer(let authorization) = self { authorization } else { nil }
  }
}

extension Problem {
  static var foreignPage: Problem {
    Problem(
      403, "Forbidden",
      "a cookie speaks only for the dashboard's own page: this request has no X-Slipway-CSRF field, "
        + "or comes from another origin. Behind a proxy that changes Host, set server.publicURL. "
        + "Programs send a token: Authorization: Bearer TOKEN")
  }
}
