import DeployModel
import Testing

extension NotificationMessage {
  /// Of `backend-42`, which failed while it was built.
  static func make(
    sentence: String = "docker build: exit 7", reason: String = "the build failed",
    subject: String = "Fix login",
    page: String? = "https://slipway.example.com/deployments/backend-42",
    server: String? = "https://slipway.example.com"
  ) throws -> NotificationMessage {
    let id = try #require(DeploymentID("backend-42"))
    let at = Timestamp(milliseconds: 1_764_753_577_125)
    let step = Transition(state: .failed, at: at, reason: reason)
    let commit = try #require(CommitSHA("e5c221614eab8ca2ac60bd7992170e701ed1d469"))
    return NotificationMessage(
      notification: DeploymentNotification(
        id: NotificationID(sequence: 7), target: try #require(TargetName("ops")), deployment: id,
        position: 3, step: step, before: .building, status: .pending, attempts: 0, owedSince: at,
        dueAt: at, endedAt: nil, lastError: nil),
      deployment: Deployment(
        id: id, sequence: 1, basisSequence: 1, state: .failed, cause: .push, actor: "ada",
        reason: "pushed", createdAt: Timestamp(milliseconds: 1_764_753_570_000), updatedAt: at,
        finishedAt: at,
        source: Source(
          repository: try #require(RepositoryName("shop")),
          branch: try #require(BranchName("main")), commit: commit, subject: subject,
          author: "Ada", committedAt: at),
        failure: DeploymentFailure(
          stage: .building, code: .buildFailed, message: "docker build: exit 7")),
      sentence: sentence, page: page, server: server)
  }
}
