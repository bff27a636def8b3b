import APIClient
import ArgumentParser
import DeployModel
import Posix

/// `slipway plan REPOSITORY BEFORE AFTER`
struct PlanCommand: ClientCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Say which services a push would deploy, and which file and pattern says so.",
    discussion: """
      The server compares the two commits with the filters that are in force, and changes nothing. \
      Commits are full ids; inside a checkout of the repository anything that git understands will \
      do, such as HEAD~3 or origin/main.
      """)

  @Argument(help: "The repository's name in the configuration.")
  var repository: String

  @Argument(help: "The commit to compare with.")
  var before: String

  @Argument(help: "The commit that would be pushed.")
  var after: String = "HEAD"

  @OptionGroup var server: ServerOptions

  func run(_ session: Session) async throws {
    let order = PlanOrder(
      repository: repository, before: try await commit(before, session),
      after: try await commit(after, session))
    session.show(try await session.api.plan(order)) { plan in
      PlanView(plan: plan).lines(width: session.screen.width)
    }
  }

  private func commit(_ text: String, _ session: Session) async throws -> String {
    if let sha = CommitSHA(text) { return sha.hex }
    let git = ChildProcess(
      "git", ["rev-parse", "--verify", "--quiet", "--end-of-options", "\(text)^{commit}"],
      environment: ChildProcess.minimalEnvironment(
        path: session.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
        home: session.environment["HOME"] ?? "/nonexistent"),
      deadline: .seconds(10))
    do {
      let result = try await git.run()
      if result.succeeded, let sha = CommitSHA(withoutLineEnd(result.outputText)) { return sha.hex }
    } catch {
      // No git: the sentence below says what to give instead.
    }
    throw UsageFault(
      "'\(text)' is neither a full commit id nor known to git in this directory")
  }
}
