import APIClient
import ArgumentParser
import DeployModel
import Glibc

/// A command that asks a server. Exits with 1 if the server says no or cannot be reached.
protocol ClientCommand: AsyncParsableCommand {
  var server: ServerOptions { get }

  func run(_ session: Session) async throws
}

extension ClientCommand {
  func run() async throws {
    // A server or a reader that goes away is an error to be told, not our end.
    signal(SIGPIPE, SIG_IGN)
    do {
      try await run(reporting: try server.session())
    } catch let fault as UsageFault {
      Terminal.error("Error: \(fault.sentence)")
      throw ExitCode(2)
    }
  }

  private func run(reporting session: Session) async throws {
    do {
      try await run(session)
    } catch let failure as APIFailure {
      if session.printsJSON, case .refused(let refusal) = failure {
        Terminal.line(String(decoding: refusal.json, as: UTF8.self))
      }
      let lines = await FailureText(failure, session).lines
      Terminal.error(lines.joined(separator: "\n"))
      throw ExitCode(1)
    }
  }

  var now: Timestamp { SystemWallClock().now() }
}

/// The command cannot be done as it was typed, here: what to say instead.
struct UsageFault: Error {
  var sentence: String

  init(_ sentence: String) { self.sentence = sentence }
}

struct ServiceArgument: ParsableArguments {
  @Argument(help: "The service's name.", completion: .services)
  var service: String
}

struct DeploymentArgument: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The deployment, such as backend-42.", valueName: "id"),
    completion: .deployments)
  var id: String
}

struct ReasonOption: ParsableArguments {
  @Option(
    name: [.customShort("m"), .long],
    help: "Why; it stands in the history and in the audit log.")
  var reason: String
}

/// For what can be tried out first.
struct PreviewOptions: ParsableArguments {
  @Option(
    name: [.customShort("m"), .long],
    help: "Why; it stands in the history and in the audit log. Needed without --dry-run.")
  var reason: String?

  @Flag(help: "Say what would be committed, and change nothing.")
  var dryRun = false

  func validate() throws {
    if reason == nil, !dryRun {
      throw ValidationError("say why with --reason; or look what would happen with --dry-run")
    }
  }
}

struct OptionalReasonOption: ParsableArguments {
  @Option(name: [.customShort("m"), .long], help: "Why; it stands in the audit log.")
  var reason: String?

  var order: ReasonOrder { ReasonOrder(reason: reason) }
}
