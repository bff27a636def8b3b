import ArgumentParser
import Glibc
import Posix

struct Slipway: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slipway",
    abstract: "Builds what a push touched and deploys it through git.",
    discussion: """
      What looks and what changes asks a running server. SLIPWAY_URL or --url names it; the API \
      token stands in SLIPWAY_TOKEN, or in a file named by --token-file.

      Exit codes: 0 done, 1 refused or failed, 2 usage.
      """,
    groupedSubcommands: [
      CommandGroup(
        name: "Look",
        subcommands: [
          StatusCommand.self, WatchCommand.self, HistoryCommand.self, ShowCommand.self,
          LogsCommand.self, CompareCommand.self, RolloutCommand.self, DeliveriesCommand.self,
          PlanCommand.self, StatsCommand.self, NotificationsCommand.self,
        ]),
      CommandGroup(
        name: "Change",
        subcommands: [
          DeployCommand.self, RollbackCommand.self, HoldCommand.self, ReleaseCommand.self,
          RetryCommand.self, CancelCommand.self, SyncCommand.self, RedeliverCommand.self,
        ]),
      CommandGroup(
        name: "Serve", subcommands: [Serve.self, Check.self, InitCommand.self, Migrate.self]),
    ])
}

/// Exit codes: 0 done, 1 refused or failed, 2 usage.
@main
enum Main {
  static func main() async {
    // Before there are threads, which make arenas.
    Heap.shareArenas(max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    do {
      var command = try await Slipway.asyncParseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      let code = Slipway.exitCode(for: error)
      let isUsage = code == ExitCode.validationFailure
      let message = Slipway.fullMessage(for: error)
      if !message.isEmpty {
        Terminal.write("\(message)\n", to: code.isSuccess ? STDOUT_FILENO : STDERR_FILENO)
      }
      leave(isUsage ? 2 : code.rawValue)
    }
  }
}
