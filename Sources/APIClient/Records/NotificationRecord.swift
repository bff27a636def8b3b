package import DeployModel

package struct NotificationRecord: Decodable, Hashable, Sendable {
  package var id: String
  package var target: String
  package var event: String
  package var deployment: String
  package var service: String
  package var deploymentState: String
  package var happenedAt: Timestamp
  package var state: String
  package var attempts: Int
  package var nextAttemptAt: Timestamp?
  package var endedAt: Timestamp?
  package var lastError: String?
}
