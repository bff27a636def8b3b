import DeployModel
import Foundation
import Synchronization

extension FakeGitHub {
  struct Reply {
    var status: Int
    var body: String

    init(_ status: Int, _ object: [String: Any]) {
      self.status = status
      body = FakeGitHub.json(object)
    }

    init(list: [[String: Any]]) {
      status = 200
      body = "[" + list.map(FakeGitHub.json).joined(separator: ",") + "]"
    }

    static func problem(_ status: Int, _ message: String) -> Reply {
      Reply(
        status,
        [
          "message": message, "documentation_url": "https://docs.github.com/rest",
          "status": "\(status)",
        ])
    }
  }

  func reply(to request: ScriptedServer.Request) -> Reply {
    let bearer = (request.headers["authorization"] ?? "").dropFirst("Bearer ".count)
    let parts = request.target.prefix { $0 != "?" }.split(separator: "/").map(String.init)
    let body: [String: Any]
    do {
      body =
        request.body.isEmpty
        ? [:]
        : try JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any] ?? [:]
    } catch {
      return .problem(400, "Problems parsing JSON")
    }
    if parts.first == "app" { return token(assertion: String(bearer), parts, body) }
    if request.method == "GET", parts == ["meta"] { return meta() }
    guard state.withLock({ $0.valid.contains(String(bearer)) }) else {
      return .problem(401, "Bad credentials")
    }
    guard parts.count >= 4, parts[0] == "repos" else { return .problem(404, "Not Found") }
    switch (request.method, parts[3], parts.count) {
    case ("POST", "statuses", 5): return status(parts[4], body)
    case ("POST", "deployments", 4): return open(body)
    case ("GET", "deployments", 4): return list(request.target)
    case ("POST", "deployments", 6) where parts[5] == "statuses":
      return deploymentStatus(Int(parts[4]) ?? 0, body)
    default: return .problem(404, "Not Found")
    }
  }

  /// "Get GitHub meta information", shortened: anybody may ask.
  private func meta() -> Reply {
    var meta: [String: Any] = ["verifiable_password_authentication": true]
    meta["hooks"] = state.withLock { $0.hooks }
    return Reply(200, meta)
  }

  // MARK: Apps

  /// By the documented rules of an assertion's claims; the signature is the tests' business.
  private func token(assertion: String, _ parts: [String], _ body: [String: Any]) -> Reply {
    guard let claims = Self.claims(of: assertion), let issued = claims["iat"] as? Int,
      let expires = claims["exp"] as? Int, claims["iss"] is String
    else { return .problem(401, "A JSON web token could not be decoded") }
    let now = Int(state.withLock { $0.clock }().milliseconds / 1000)
    guard issued <= now else {
      return .problem(
        401,
        "'Issued at' claim ('iat') must be an Integer representing the time that the "
          + "assertion was issued")
    }
    guard expires > now, expires <= now + 600 else {
      return .problem(
        401,
        "'Expiration time' claim ('exp') must be a numeric value representing the future "
          + "time at which the assertion expires")
    }
    return state.withLock { state in
      let token = "ghs_token\(state.tokens.count + 1)"
      state.tokens.append(token)
      state.valid.insert(token)
      let end = Self.date(state.clock() + state.tokenLife)
      return Reply(
        201,
        [
          "token": token, "expires_at": end.formatted(.iso8601),
          "permissions": ["contents": "write", "metadata": "read", "statuses": "write"],
          "repository_selection": "selected",
        ])
    }
  }

  private static func claims(of assertion: String) -> [String: Any]? {
    let parts = assertion.split(separator: ".")
    guard parts.count == 3, let bytes = base64URL(String(parts[1])) else { return nil }
    do {
      return try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
    } catch {
      return nil
    }
  }

  package static func base64URL(_ text: String) -> [UInt8]? {
    let plain = text.replacingOccurrences(of: "-", with: "+")
      .replacingOccurrences(of: "_", with: "/")
    return Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.count % 4) % 4))
      .map { Array($0) }
  }

  // MARK: Commit statuses

  private func status(_ sha: String, _ body: [String: Any]) -> Reply {
    let states = ["error", "failure", "pending", "success"]
    guard let name = body["state"] as? String, states.contains(name) else {
      return .problem(422, "Validation Failed")
    }
    let description = body["description"] as? String ?? ""
    guard description.count <= 140 else {
      return .problem(422, "Validation Failed: description is too long (maximum is 140 characters)")
    }
    let context = body["context"] as? String ?? "default"
    let target = body["target_url"] as? String
    return state.withLock { state in
      state.statuses.append(
        Status(
          sha: sha, state: name, context: context, description: description, target: target))
      state.record.append("\(sha.prefix(7)) \(context) \(name): \(description)")
      return Reply(
        201,
        [
          "url": "https://api.github.com/repos/acme/shop/statuses/\(sha)",
          "id": state.statuses.count, "node_id": "U3RhdHVz", "state": name,
          "description": description, "target_url": target ?? NSNull(), "context": context,
          "created_at": Self.date(state.clock()).formatted(.iso8601),
          "updated_at": Self.date(state.clock()).formatted(.iso8601),
        ])
    }
  }
}
