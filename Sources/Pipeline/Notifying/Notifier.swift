import DeployModel
import Logging

/// Tells the configured targets of deployments. What they are owed is stored with the steps themselves;
/// here it is sent, by one lane for each target. Deployments never wait for it.
actor Notifier {
  private let parts: PipelineParts
  private var lanes: [TargetName: Lane<NotificationWork>] = [:]

  /// What another process left, or owes to a target that only this one knows, is found so soon.
  private static let lookEvery: Duration = .seconds(15)
  private static let batch = 500

  init(parts: PipelineParts) { self.parts = parts }

  /// Until the task is cancelled.
  func keep() async {
    let follower = DeploymentFollower(parts: parts, lookEvery: Self.lookEvery)
    await follower.follow(look: { await self.look() }, hear: { await self.hear($0) })
    for lane in lanes.values { await lane.stop() }
    lanes = [:]
  }

  private func look() async {
    let targets = parts.configuration.current.notifications.map(\.target)
    for (target, lane) in lanes where !targets.contains(target) {
      lanes[target] = nil
      await lane.stop()
    }
    for target in targets {
      do {
        for id in try await parts.store.owed(to: target, limit: Self.batch) {
          await add(id, to: target)
        }
      } catch {
        parts.logger.warning(
          "what a target is owed is not known",
          metadata: ["target": "\(target)", "error": "\(error)"])
      }
    }
  }

  /// Whether something is owed is seen by the lane.
  private func hear(_ changed: [DeploymentID]) async {
    for filter in parts.configuration.current.notifications {
      for id in changed where filter.services?.contains(id.service) ?? true {
        await add(id, to: filter.target)
      }
    }
  }

  private func add(_ id: DeploymentID, to target: TargetName) async {
    guard !Task.isCancelled else { return }
    let lane = lanes[target] ?? Lane(NotificationWork(target: target, parts: parts), parts: parts)
    lanes[target] = lane
    await lane.add(id)
  }
}
