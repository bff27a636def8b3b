import APIClient
import ArgumentParser

/// `slipway notifications`
struct NotificationsCommand: ClientCommand {
  enum State: String, ExpressibleByArgument, CaseIterable { case pending, delivered, dead }

  static let configuration = CommandConfiguration(
    commandName: "notifications",
    abstract: "List what the configured targets were told, and what they were not.",
    discussion: """
      What is dead was given up: `slipway redeliver ID` sends it again.
      """)

  @Option(help: "Only these; may be repeated.")
  var state: [State] = []

  @Option(name: [.customShort("n"), .long], help: "At most so many.")
  var limit = 20

  @OptionGroup var server: ServerOptions

  func validate() throws { try requireCount(limit, "--limit") }

  func run(_ session: Session) async throws {
    let answer = try await session.api.notifications(states: state.map(\.rawValue), limit: limit)
    session.show(answer) { list in
      NotificationsView(notifications: list.items, now: now).lines(width: session.screen.width)
    }
  }
}
