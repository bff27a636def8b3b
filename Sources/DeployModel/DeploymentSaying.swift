/// What a developer is told of a deployment, in one line: from the record alone, so that after a crash
/// the same is said.
package struct DeploymentSaying: Hashable, Sendable {
  package var status: CommitStatus.State
  package var environment: EnvironmentStatus.State
  package var sentence: String

  init(
    _ status: CommitStatus.State, _ environment: EnvironmentStatus.State, _ sentence: String
  ) {
    self.status = status
    self.environment = environment
    self.sentence = Self.short(sentence)
  }

  /// What the record holds besides the deployment itself.
  package struct Context: Hashable, Sendable {
    /// A rollback from it that has landed.
    package var rollback: Deployment?
    /// Why it waits, while it is held.
    package var hold: Hold?
    /// What superseded it.
    package var successor: Deployment?
    /// The reason of its last step.
    package var lastReason: String?

    package init(
      rollback: Deployment? = nil, hold: Hold? = nil, successor: Deployment? = nil,
      lastReason: String? = nil
    ) {
      self.rollback = rollback
      self.hold = hold
      self.successor = successor
      self.lastReason = lastReason
    }
  }

  /// 1. Taken back: whatever it came to before, it is not what runs. 2. On its way. 3. What it came
  /// to. Superseded and cancelled are no success, or whoever waits for one would take the commit for
  /// deployed; and no failure, since nothing failed.
  package init(of deployment: Deployment, _ context: Context) {
    if let rollback = context.rollback {
      let to = rollback.image.map { "to \($0.tag) " } ?? ""
      self.init(.failure, .inactive, "rolled back \(to)by \(rollback.actor): \(rollback.reason)")
      return
    }
    let isBack = deployment.cause.isRollback
    let on = isBack ? "rollback to this: " : ""
    let tag = deployment.image?.tag.name ?? "this"
    switch deployment.state {
    case .queued: self.init(.pending, .queued, on + "queued")
    case .held:
      let hold = context.hold.map { ": \($0.reason)" } ?? ""
      self.init(.pending, .queued, on + "waits for the hold to end\(hold)")
    case .building: self.init(.pending, .inProgress, on + "building")
    case .publishing: self.init(.pending, .inProgress, on + "publishing the image")
    case .committing: self.init(.pending, .inProgress, on + "committing")
    case .syncing: self.init(.pending, .inProgress, on + "rolling out")
    case .live:
      let how = deployment.recovered ? "recovered: live" : isBack ? "live again" : "live"
      self.init(.success, .success, "\(how) as \(tag)\(Self.circumstances(of: deployment))")
    case .committed:
      let how = isBack ? "committed again" : "committed"
      self.init(.success, .success, "\(how) as \(tag)\(Self.circumstances(of: deployment))")
    case .failed:
      self.init(.failure, .failure, deployment.failure?.message ?? "failed")
    case .superseded:
      let commit = context.successor?.source.map { " (\($0.commit.short()))" } ?? ""
      let by = deployment.supersededBy.map { " by \($0)\(commit)" } ?? ""
      self.init(.error, .inactive, "superseded\(by)")
    case .cancelled:
      self.init(.error, .inactive, context.lastReason ?? "cancelled")
    }
  }

  private static func circumstances(of deployment: Deployment) -> String {
    // Somebody else brought it there, and nobody knows when they began.
    if deployment.cause == .external { return ", set in git by \(deployment.actor)" }
    let end = deployment.finishedAt ?? deployment.updatedAt
    let time = DurationText.spoken(end - deployment.createdAt)
    return " in \(time)" + (deployment.cause.isRollback ? ", by \(deployment.actor)" : "")
  }

  /// What GitHub takes for a description.
  private static let longest = 140

  /// The first line, and so much of it.
  private static func short(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let line = scalars.prefix { $0 != "\n" && $0 != "\r" }.map {
      $0.properties.generalCategory == .control ? " " : $0
    }
    guard line.count > longest || line.count < scalars.count else {
      return String(String.UnicodeScalarView(line))
    }
    let kept = String(String.UnicodeScalarView(line.prefix(longest - 1)))
    return kept.hasSuffix("…") ? kept : kept + "…"
  }
}
