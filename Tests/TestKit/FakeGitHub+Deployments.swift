import DeployModel
import Foundation
import Synchronization

extension FakeGitHub {
  /// As documented: left to itself GitHub merges the default branch first, and waits for every context
  /// of the commit.
  func open(_ body: [String: Any]) -> Reply {
    guard let ref = body["ref"] as? String else { return .problem(422, "Invalid request") }
    guard body["auto_merge"] as? Bool == false else {
      return Reply(202, ["message": "Auto-merged main into \(ref) on deployment."])
    }
    guard let contexts = body["required_contexts"] as? [String], contexts.isEmpty else {
      return .problem(409, "Conflict: Commit status checks failed for \(ref)")
    }
    let environment = body["environment"] as? String ?? "production"
    let payload = body["payload"] ?? ""
    return state.withLock { state in
      state.deployments.append(
        Deployment(
          sha: ref, environment: environment, task: body["task"] as? String ?? "deploy",
          payload: Self.json(["payload": payload])))
      let id = state.deployments.count
      state.record.append("#\(id) opened: \(ref.prefix(7)) in \(environment)")
      return Reply(201, Self.shape(of: state.deployments[id - 1], id, at: state.clock()))
    }
  }

  func list(_ target: String) -> Reply {
    let query = target.split(separator: "?").last.map(String.init) ?? ""
    let wanted = Dictionary(
      query.split(separator: "&").compactMap { pair -> (String, String)? in
        let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
        return parts.count == 2 ? (parts[0], parts[1].removingPercentEncoding ?? "") : nil
      }, uniquingKeysWith: { _, last in last })
    return state.withLock { state in
      let found = state.deployments.enumerated().filter { _, deployment in
        (wanted["sha"] ?? deployment.sha) == deployment.sha
          && (wanted["environment"] ?? deployment.environment) == deployment.environment
      }.map { Self.shape(of: $0.element, $0.offset + 1, at: state.clock()) }
      return Reply(list: found.reversed())
    }
  }

  func deploymentStatus(_ id: Int, _ body: [String: Any]) -> Reply {
    let states = [
      "error", "failure", "inactive", "in_progress", "queued", "pending", "success",
    ]
    guard let name = body["state"] as? String, states.contains(name),
      let description = body["description"] as? String, description.count <= 140
    else { return .problem(422, "Validation Failed") }
    return state.withLock { state in
      guard state.deployments.indices.contains(id - 1) else { return .problem(404, "Not Found") }
      state.record.append("#\(id) \(name): \(description)")
      let time = Self.date(state.clock()).formatted(.iso8601)
      return Reply(
        201,
        [
          "url": "https://api.github.com/repos/acme/shop/deployments/\(id)/statuses/1", "id": 1,
          "node_id": "MDE2", "state": name, "description": description,
          "environment": body["environment"] ?? "", "target_url": body["log_url"] ?? "",
          "created_at": time, "updated_at": time,
          "deployment_url": "https://api.github.com/repos/acme/shop/deployments/\(id)",
          "repository_url": "https://api.github.com/repos/acme/shop",
        ])
    }
  }

  private static func shape(of deployment: Deployment, _ id: Int, at now: Timestamp) -> [String:
    Any]
  {
    let time = date(now).formatted(.iso8601)
    let url = "https://api.github.com/repos/acme/shop/deployments/\(id)"
    return [
      "url": url, "id": id, "node_id": "MDEw", "sha": deployment.sha, "ref": deployment.sha,
      "task": deployment.task, "payload": payload(deployment.payload),
      "original_environment": deployment.environment, "environment": deployment.environment,
      "description": NSNull(), "created_at": time, "updated_at": time,
      "statuses_url": "\(url)/statuses",
      "repository_url": "https://api.github.com/repos/acme/shop",
    ]
  }

  private static func payload(_ text: String) -> Any {
    do {
      let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
      return object?["payload"] ?? ""
    } catch {
      return ""
    }
  }
}
