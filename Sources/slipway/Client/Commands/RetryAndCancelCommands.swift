import APIClient
import ArgumentParser

/// `slipway retry ID`
struct RetryCommand: ClientCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Try a failed or cancelled deployment again, as a new one.")

  @OptionGroup var deployment: DeploymentArgument
  @OptionGroup var reason: OptionalReasonOption
  @OptionGroup var waiting: WaitingOptions
  @OptionGroup var server: ServerOptions

  func run(_ session: Session) async throws {
    try await waiting.report(
      try await session.api.retry(deployment.id, reason.order), session)
  }
}

/// `slipway cancel ID`
struct CancelCommand: ClientCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel",
    abstract: "End a deployment before it is committed.",
    discussion: "Once a commit is on its way it cannot be called back: use rollback.")

  @OptionGroup var deployment: DeploymentArgument
  @OptionGroup var reason: OptionalReasonOption
  @OptionGroup var server: ServerOptions

  func run(_ session: Session) async throws {
    session.show(try await session.api.cancel(deployment.id, reason.order)) { deployment in
      [StyledText("\(deployment.id)  ") + StateMark.of(state: deployment.state)]
    }
  }
}
