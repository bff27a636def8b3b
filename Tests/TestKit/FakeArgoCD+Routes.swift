import Foundation
import Synchronization

extension FakeArgoCD {
  private enum Failure: Error {
    case status(Int, code: Int64, String)
  }

  func answer(_ request: ScriptedServer.Request) -> ScriptedServer.Answer {
    let trouble = state.withLock { state in
      state.calls.append("\(request.method) \(request.target)")
      let isRefresh = request.target.contains("refresh=")
      return (isRefresh ? state.refreshTrouble : nil) ?? state.trouble
    }
    switch trouble {
    case .answer(let status, let text): return .response(status, text: text)
    case .hangUp: return .hangUp
    case .silence: return .silence
    case nil: break
    }
    do throws(Failure) {
      return try route(request)
    } catch {
      guard case .status(let status, let code, let text) = error else { return .hangUp }
      let body: JSON = ["error": .string(text), "code": .integer(code), "message": .string(text)]
      state.withLock { note(body, as: "runtimeError", &$0) }
      return .response(status, [("Content-Type", "application/json")], text: body.encoded())
    }
  }

  private func route(_ request: ScriptedServer.Request) throws(Failure) -> ScriptedServer.Answer {
    guard request.headers["authorization"]?.hasPrefix("Bearer ") == true else {
      throw .status(401, code: 16, "no session information")
    }
    let parts = request.target.split(separator: "?", maxSplits: 1)
    let path = parts[0].split(separator: "/").map { $0.removingPercentEncoding ?? "" }
    let query = Self.query(parts.count > 1 ? String(parts[1]) : "")
    if path.starts(with: ["api", "v1", "stream", "applications"]) {
      if state.withLock({ $0.refusesStreams }) {
        throw .status(403, code: 7, "permission denied")
      }
      return stream(request, of: path.count > 4 ? path[4] : nil, query: query)
    }
    guard path.starts(with: ["api", "v1", "applications"]), path.count >= 4 else {
      throw .status(404, code: 5, "Not Found")
    }
    let body = try body(of: request)
    let application = try application(path[3], query, body)
    switch (request.method, path.dropFirst(4).first) {
    case ("GET", nil):
      if query["refresh"] != nil {
        state.withLock { $0.refreshes.append((application.name, Self.now())) }
      }
      return ok(application.document, as: "v1alpha1Application")
    case ("GET", "resource-tree"): return ok(application.tree, as: "v1alpha1ApplicationTree")
    case ("GET", "managed-resources"):
      return ok(
        application.managed(query["kind"], query["name"]),
        as: "applicationManagedResourcesResponse")
    case ("GET", "syncwindows"):
      return ok(application.windows, as: "applicationApplicationSyncWindowsResponse")
    case ("POST", "sync"): return try sync(application, body)
    case ("POST", "rollback"): return try rollback(application, body)
    default: throw .status(501, code: 12, "Method Not Allowed")
    }
  }

  private func body(of request: ScriptedServer.Request) throws(Failure) -> JSON {
    guard request.method == "POST" else { return [:] }
    guard request.headers["content-type"] == "application/json" else {
      throw .status(415, code: 3, "Invalid content type")
    }
    do {
      return try JSON(parsing: request.body)
    } catch {
      throw .status(400, code: 3, "not JSON")
    }
  }

  /// Without the project a missing application is 403, with it 404.
  private func application(
    _ name: String, _ query: [String: String], _ body: JSON
  ) throws(Failure) -> FakeApplication {
    let project = query["project"] ?? body["project"]?.text
    let namespace = query["appNamespace"] ?? body["appNamespace"]?.text
    guard let found = application(name), project == nil || project == found.project,
      namespace ?? "argocd" == found.namespace
    else {
      if project == nil { throw .status(403, code: 7, "permission denied") }
      throw .status(404, code: 5, "applications.argoproj.io \"\(name)\" not found")
    }
    return found
  }

  private func sync(
    _ application: FakeApplication, _ body: JSON
  ) throws(Failure) -> ScriptedServer.Answer {
    state.withLock { note(body, as: "applicationApplicationSyncRequest", &$0) }
    try refuseWhileBusy(application)
    if application.isAutoSynced, let revision = body["revision"]?.text {
      throw .status(
        400, code: 9, "Cannot sync to \(revision): auto-sync currently set to main")
    }
    if application.windows["canSync"] == .bool(false) {
      throw .status(403, code: 7, "cannot sync: blocked by sync window")
    }
    show(application.name) {
      $0.requested = ["sync": ["revision": .string(body["revision"]?.text ?? "")]]
      $0.operation = nil
    }
    return ok(self.application(application.name)?.document ?? [:], as: "v1alpha1Application")
  }

  private func rollback(
    _ application: FakeApplication, _ body: JSON
  ) throws(Failure) -> ScriptedServer.Answer {
    state.withLock { note(body, as: "applicationApplicationRollbackRequest", &$0) }
    guard !application.isAutoSynced else {
      throw .status(400, code: 9, "rollback cannot be initiated when auto-sync is enabled")
    }
    try refuseWhileBusy(application)
    let id = body["id"]?.integer ?? 0
    guard let entry = application.history.first(where: { $0.id == id }) else {
      throw .status(
        400, code: 3, "application \(application.name) does not have deployment with id \(id)")
    }
    show(application.name) {
      $0.requested = ["sync": ["revision": .string(entry.revision)]]
      $0.operation = nil
    }
    return ok(self.application(application.name)?.document ?? [:], as: "v1alpha1Application")
  }

  private func refuseWhileBusy(_ application: FakeApplication) throws(Failure) {
    guard application.requested == nil, application.operation?.phase != "Running" else {
      throw .status(
        400, code: 9,
        "error setting app operation: rpc error: code = FailedPrecondition desc = another "
          + "operation is already in progress")
    }
  }

  private func ok(_ document: JSON, as definition: String) -> ScriptedServer.Answer {
    state.withLock { note(document, as: definition, &$0) }
    return .response(200, [("Content-Type", "application/json")], text: document.encoded())
  }

  private static func query(_ text: String) -> [String: String] {
    var query: [String: String] = [:]
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1)
      query[String(parts[0])] = parts.count > 1 ? parts[1].removingPercentEncoding : ""
    }
    return query
  }
}
