import ArgumentParser

struct Slipway: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slipway",
    abstract: "Builds what a push touched and deploys it through git.",
    subcommands: [Serve.self, Check.self])
}

/// Exit codes: 0 done, 1 refused or failed, 2 usage.
@main
enum Main {
  static func main() async {
    do {
      var command = try Slipway.parseAsRoot()
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
        code.isSuccess ? Terminal.line(message) : Terminal.error(message)
      }
      leave(isUsage ? 2 : code.rawValue)
    }
  }
}
