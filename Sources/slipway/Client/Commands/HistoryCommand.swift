import APIClient
import ArgumentParser
import DeployModel

/// `slipway history [SERVICE]`
struct HistoryCommand: ClientCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "List a service's deployments, newest first.",
    discussion: "Without a service, those of all services.")

  @Argument(help: "The service's name.", completion: .services)
  var service: String?

  @Option(
    help: "Only this state; may repeat.",
    completion: .list(DeploymentState.allCases.map(\.rawValue)))
  var state: [String] = []

  @Option(
    help: "Only this cause; may repeat.",
    completion: .list(DeploymentCause.allCases.map(\.rawValue)))
  var cause: [String] = []

  @Option(name: [.customShort("n"), .long], help: "At most so many.")
  var limit = 20

  @Option(help: "Go on at the `nextCursor` of an earlier answer.")
  var cursor: String?

  @OptionGroup var server: ServerOptions

  func validate() throws { try requireCount(limit, "--limit") }

  func run(_ session: Session) async throws {
    let answer = try await session.api.deployments(
      of: service, states: state, causes: cause, limit: limit, cursor: cursor)
    session.show(answer) { list in
      HistoryView(deployments: list.items, now: now).lines(width: session.screen.width)
    }
  }
}

func requireCount(_ count: Int, _ option: String) throws {
  guard (1...10_000).contains(count) else {
    throw ValidationError("\(option) must be from 1 to 10000")
  }
}
