/// A deployment as GitHub's Deployments API knows it: a commit that is to be what an environment runs.
package struct EnvironmentDeployment: Hashable, Sendable {
  /// By which it is found again.
  package var id: DeploymentID
  package var commit: CommitSHA
  /// One for each service: a success there makes what was a success before inactive.
  package var environment: String
  package var isRollback: Bool
  package var description: String

  package init(
    id: DeploymentID, commit: CommitSHA, environment: String, isRollback: Bool, description: String
  ) {
    self.id = id
    self.commit = commit
    self.environment = environment
    self.isRollback = isRollback
    self.description = description
  }

  /// Where none is configured.
  package static func usualEnvironment(of service: ServiceName) -> String {
    "production/\(service)"
  }

  /// GitHub itself takes `production` alone for one.
  package var isProduction: Bool {
    environment == "production" || environment.hasPrefix("production/")
  }
}

package struct EnvironmentStatus: Hashable, Sendable {
  package enum State: String, Sendable, CaseIterable {
    case queued, success, failure, inactive
    case inProgress = "in_progress"
  }

  package var state: State
  package var description: String
  package var page: String?

  package init(state: State, description: String, page: String?) {
    self.state = state
    self.description = description
    self.page = page
  }
}
