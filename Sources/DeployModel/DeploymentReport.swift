/// What has been said of a deployment on GitHub so far. Kept, so that after a restart what is owed
/// follows from it and the record, and nothing is said twice.
package struct DeploymentReport: Hashable, Sendable {
  /// Its deployment there.
  package enum Environment: Hashable, Sendable {
    case none
    /// It is about to be opened, or has been and the answer was lost.
    case asked
    case open(Int64)
    /// GitHub does not take it.
    case refused
  }

  package var deployment: DeploymentID
  /// Everything has been said of the record as it was then; nil: something is owed.
  package var said: Said?
  /// The commit's status as it was posted last: `success: live as e5c2216 in 1m 12s`.
  package var status: String?
  package var environment: Environment
  package var environmentState: EnvironmentStatus.State?

  package struct Said: Hashable, Sendable {
    package var state: DeploymentState
    package var updatedAt: Timestamp

    package init(state: DeploymentState, updatedAt: Timestamp) {
      self.state = state
      self.updatedAt = updatedAt
    }

    package init(_ deployment: Deployment) {
      self.init(state: deployment.state, updatedAt: deployment.updatedAt)
    }
  }

  package init(
    deployment: DeploymentID, said: Said? = nil, status: String? = nil,
    environment: Environment = .none, environmentState: EnvironmentStatus.State? = nil
  ) {
    self.deployment = deployment
    self.said = said
    self.status = status
    self.environment = environment
    self.environmentState = environmentState
  }
}

/// The next call that is owed for a deployment, if there is one.
package enum ReportStep: Hashable, Sendable {
  case status(CommitStatus, CommitSHA)
  /// - Parameter anew: false if it is only looked for: it ended before it is known to be there.
  case open(EnvironmentDeployment, anew: Bool)
  case environment(EnvironmentStatus, Int64)

  /// What is to be said, and where.
  package struct Wishes: Hashable, Sendable {
    package var statuses: Bool
    package var deployments: Bool
    package var environment: String
    /// Of the deployment, for people.
    package var page: String?

    package init(statuses: Bool, deployments: Bool, environment: String, page: String?) {
      self.statuses = statuses
      self.deployments = deployments
      self.environment = environment
      self.page = page
    }
  }

  /// 1. The commit's status, unless another deployment of this very commit speaks for it by now.
  /// 2. The deployment there, unless it ended before it was ever opened, without being anything to
  /// anybody. 3. Its status: when its state changes, not with every stage.
  ///
  /// - Returns: nil also for a deployment whose source nobody knows: there is no commit to say it on.
  package static func next(
    for deployment: Deployment, _ context: DeploymentSaying.Context, after report: DeploymentReport,
    _ wishes: Wishes
  ) -> ReportStep? {
    guard let commit = deployment.source?.commit else { return nil }
    let saying = DeploymentSaying(of: deployment, context)
    let spokenFor = [context.successor, context.rollback].contains {
      $0?.source?.commit == commit
    }
    if wishes.statuses, !spokenFor, report.status != Self.text(saying) {
      let status = CommitStatus(
        state: saying.status, context: CommitStatus.context(of: deployment.id.service),
        description: saying.sentence, page: wishes.page)
      return .status(status, commit)
    }
    guard wishes.deployments else { return nil }
    switch report.environment {
    case .refused: return nil
    case .none where saying.environment == .inactive: return nil
    case .none, .asked:
      return .open(
        EnvironmentDeployment(
          id: deployment.id, commit: commit, environment: wishes.environment,
          isRollback: deployment.cause.isRollback, description: deployment.reason),
        anew: saying.environment != .inactive)
    case .open(let id):
      guard report.environmentState != saying.environment else { return nil }
      let status = EnvironmentStatus(
        state: saying.environment, description: saying.sentence, page: wishes.page)
      return .environment(status, id)
    }
  }

  private static func text(_ saying: DeploymentSaying) -> String {
    "\(saying.status.rawValue): \(saying.sentence)"
  }
}

extension DeploymentReport {
  /// It was posted.
  package mutating func note(_ status: CommitStatus) {
    self.status = "\(status.state.rawValue): \(status.description)"
  }
}
