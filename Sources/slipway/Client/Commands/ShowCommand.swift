import APIClient
import ArgumentParser

/// `slipway show ID`
struct ShowCommand: ClientCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one deployment: source, image, commit, failure, and its timeline.")

  @OptionGroup var deployment: DeploymentArgument
  @OptionGroup var server: ServerOptions

  func run(_ session: Session) async throws {
    session.show(try await session.api.deployment(deployment.id)) { deployment in
      DeploymentView(deployment: deployment, now: now).lines(width: session.screen.width)
    }
  }
}
