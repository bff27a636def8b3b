import Foundation
import Synchronization

extension FakeKubernetes {
  func answer(_ request: ScriptedServer.Request) -> ScriptedServer.Answer {
    let parts = request.target.split(separator: "?", maxSplits: 1).map(String.init)
    let path = parts.first ?? ""
    let refusal = state.withLock { state in
      state.calls.append("\(request.method) \(path)")
      return state.refusal ?? (request.method == "GET" ? nil : state.changeRefusal)
    }
    if let discovered = discovery(path) { return ok(discovered) }
    if let refusal { return refusing(refusal.0, refusal.reason, refusal.message) }
    let deployments = "/apis/apps/v1/namespaces/\(Self.namespace)/deployments"
    let shown = shown
    switch (request.method, path) {
    case ("GET", "\(deployments)/\(name)"): return ok(deployment(shown))
    case ("GET", deployments):
      // kubectl watches after it has listed; nothing more happens.
      if parts.last?.contains("watch=true") == true { return .response(200, text: "") }
      return ok(list("apps/v1", "DeploymentList", [deployment(shown)]))
    case ("GET", "/apis/apps/v1/namespaces/\(Self.namespace)/replicasets"):
      return ok(
        list("apps/v1", "ReplicaSetList", shown.revisions.map { replicaSet($0, shown) }))
    case ("GET", "/api/v1/namespaces/\(Self.namespace)/pods"):
      return ok(list("v1", "PodList", shown.pods.map { pod($0, shown) }))
    case ("PATCH", "\(deployments)/\(name)"): return patch(request)
    default:
      return refusing(404, "NotFound", "deployments.apps \"\(path)\" not found")
    }
  }

  /// What `rollout undo` sends: the template of an earlier revision. The controller finds the set that
  /// has it already, and counts it as the newest.
  private func patch(_ request: ScriptedServer.Request) -> ScriptedServer.Answer {
    guard request.headers["content-type"] == "application/json-patch+json",
      let operations = try? JSON(parsing: request.body).items,
      let template = operations.first(where: { $0["path"]?.text == "/spec/template" })?["value"],
      let image = template["spec"]?["containers"]?.items.first?["image"]?.text
    else { return refusing(400, "BadRequest", "not a patch of a template") }
    apply(image)
    return ok(deployment(shown))
  }

  private func list(_ version: JSON, _ kind: JSON, _ items: [JSON]) -> JSON {
    [
      "apiVersion": version, "kind": kind, "metadata": ["resourceVersion": "10"],
      "items": .array(items),
    ]
  }

  private func ok(_ body: JSON) -> ScriptedServer.Answer {
    .response(200, [("Content-Type", "application/json")], text: body.encoded())
  }

  private func refusing(
    _ status: Int, _ reason: String, _ message: String
  ) -> ScriptedServer.Answer {
    let body: JSON = [
      "apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": .string(reason),
      "message": .string(message), "code": .integer(Int64(status)),
    ]
    return .response(status, [("Content-Type", "application/json")], text: body.encoded())
  }

  /// What there is, as kubectl asks before its own commands.
  private func discovery(_ path: String) -> JSON? {
    func resource(_ name: JSON, _ kind: JSON) -> JSON {
      [
        "name": name, "singularName": "", "namespaced": true, "kind": kind,
        "verbs": ["get", "list", "watch", "patch"],
      ]
    }
    switch path {
    case "/version": return ["major": "1", "minor": "32", "gitVersion": "v1.32.4"]
    case "/api": return ["kind": "APIVersions", "versions": ["v1"]]
    case "/apis":
      let version: JSON = ["groupVersion": "apps/v1", "version": "v1"]
      return [
        "kind": "APIGroupList", "apiVersion": "v1",
        "groups": [["name": "apps", "versions": [version], "preferredVersion": version]],
      ]
    case "/api/v1":
      return [
        "kind": "APIResourceList", "groupVersion": "v1", "resources": [resource("pods", "Pod")],
      ]
    case "/apis/apps/v1":
      return [
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "apps/v1",
        "resources": [
          resource("deployments", "Deployment"), resource("replicasets", "ReplicaSet"),
        ],
      ]
    default: return nil
    }
  }
}
