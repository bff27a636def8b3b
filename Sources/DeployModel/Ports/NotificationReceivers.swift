/// What a target is told, with all that its form may need.
package struct NotificationMessage: Hashable, Sendable {
  package var notification: DeploymentNotification
  /// As it is when this is sent; the step says what it was.
  package var deployment: Deployment
  /// The step in one line, as GitHub is told it.
  package var sentence: String
  /// Of the deployment, for people.
  package var page: String?
  /// Where this server is, as people know it.
  package var server: String?

  package init(
    notification: DeploymentNotification, deployment: Deployment, sentence: String, page: String?,
    server: String?
  ) {
    self.notification = notification
    self.deployment = deployment
    self.sentence = sentence
    self.page = page
    self.server = server
  }
}

/// Those whom the operator wants to be told of deployments. They are told, and decide nothing:
/// deployments never wait for them.
package protocol NotificationReceivers: Sendable {
  /// - Throws: `limited` and `unavailable` if it is worth another try, `refused` if it is not, and
  ///   `denied` if nobody of that name is configured here.
  func send(_ message: NotificationMessage, to target: TargetName) async throws(BoardError)
}
