import APIClient
import ArgumentParser

/// `slipway logs [-f] ID`
struct LogsCommand: ClientCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs",
    abstract: "Print a deployment's build log.",
    discussion: """
      It is text, as the builder wrote it; --json does not change that. On a terminal, colours are \
      kept and everything else that a terminal would obey is left out.
      """)

  @OptionGroup var deployment: DeploymentArgument

  @Flag(name: .shortAndLong, help: "Go on until the build is over.")
  var follow = false

  @OptionGroup var server: ServerOptions

  func run(_ session: Session) async throws {
    let log = BuildLogReader(session.api, of: deployment.id, follow: follow)
    var filter = session.screen.isTerminal ? LogFilter() : nil
    var isEmpty = true
    while let bytes = try await log.next() {
      // Whoever read it has gone, as `head` does.
      guard Terminal.bytes(filter?.pass(bytes) ?? bytes) else { return }
      isEmpty = false
    }
    _ = Terminal.bytes(filter?.end() ?? [])
    if isEmpty { Terminal.error("The log is empty: nothing was built for \(deployment.id).") }
  }
}
