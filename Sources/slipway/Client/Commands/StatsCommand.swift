import APIClient
import ArgumentParser

/// `slipway stats [SERVICE …]`
struct StatsCommand: ClientCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Show DORA's measures and how long the stages take.",
    discussion: """
      Without a service, of all together. They are trends of one service, not targets, and not for \
      comparing teams.
      """)

  @Argument(help: "The services.", completion: .services)
  var services: [String] = []

  @Option(help: "How far back: a duration such as 12h, 7d or 90d. Default: 30d.")
  var window: String?

  @OptionGroup var server: ServerOptions

  func run(_ session: Session) async throws {
    session.show(try await session.api.stats(of: services, window: window)) { stats in
      StatsView(stats: stats).lines(width: session.screen.width)
    }
  }
}
