import APIClient
import ArgumentParser

/// `slipway compare ID ID`
struct CompareCommand: ClientCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "List the commits between the sources of two deployments.")

  @Argument(help: "The deployment to begin with.", completion: .deployments)
  var from: String

  @Argument(help: "The deployment to end with.", completion: .deployments)
  var to: String

  @OptionGroup var server: ServerOptions

  func run(_ session: Session) async throws {
    session.show(try await session.api.comparison(from: from, to: to)) { comparison in
      ComparisonView(comparison: comparison, now: now).lines(width: session.screen.width)
    }
  }
}
