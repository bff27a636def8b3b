import DeployModel

struct NotificationShape: Encodable {
  var id: String
  var target: String
  var event: String
  var deployment: String
  var service: String
  var deploymentState: String
  var happenedAt: String
  var state: String
  var attempts: Int
  @Nullable var nextAttemptAt: String?
  @Nullable var endedAt: String?
  @Nullable var lastError: String?

  init(_ notification: DeploymentNotification) {
    id = notification.id.description
    target = notification.target.name
    event = notification.event
    deployment = notification.deployment.description
    service = notification.deployment.service.name
    deploymentState = notification.step.state.rawValue
    happenedAt = notification.step.at.rfc3339
    state = notification.status.rawValue
    attempts = notification.attempts
    nextAttemptAt = notification.dueAt?.rfc3339
    endedAt = notification.endedAt?.rfc3339
    lastError = notification.lastError
  }
}
