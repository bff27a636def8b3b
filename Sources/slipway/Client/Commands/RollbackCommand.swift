import APIClient
import ArgumentParser

/// `slipway rollback SERVICE`
struct RollbackCommand: ClientCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract: "Bring back an image that ran before, and hold the service.",
    discussion: """
      Without --to it is the newest older image that ran well. On a terminal it first says what \
      will be committed, and asks; in a script, where nobody can be asked, it goes ahead: look \
      first with --dry-run.

      The hold keeps the next push from undoing it, until `slipway release`.
      """)

  enum HoldChoice: String, CaseIterable, ExpressibleByArgument {
    case untilReleased = "until-released"
    case untilNextPush = "until-next-push"
    case none
  }

  enum Strategy: String, CaseIterable, ExpressibleByArgument {
    case git, argocd, kubernetes
  }

  @OptionGroup var service: ServiceArgument

  @Option(help: "Who brings it back.")
  var strategy: Strategy = .git

  @Flag(help: "Past git: roll git back to the same image right after.")
  var follow = false

  @Option(
    help: ArgumentHelp(
      "A deployment or a tag of the service's history; past git an id or a revision.",
      valueName: "id-or-tag"))
  var to: String?

  @Option(help: "How long automatic deployments stop.")
  var hold: HoldChoice = .untilReleased

  @Flag(help: "Go back although migrations changed in between.")
  var acceptMigrations = false

  @OptionGroup var intent: PreviewOptions
  @OptionGroup var waiting: WaitingOptions

  @Flag(name: [.customShort("y"), .long], help: "Do not ask.")
  var yes = false

  @OptionGroup var server: ServerOptions

  func validate() throws {
    if follow, strategy == .git {
      throw ValidationError("--follow is for --strategy argocd and kubernetes.")
    }
    if strategy != .git, !follow, waiting.isWanted {
      throw ValidationError(
        "Past git nothing is deployed that could be waited for: --wait and --timeout need --follow."
      )
    }
    if strategy != .git, let to, Int(to) == nil {
      throw ValidationError("With --strategy \(strategy.rawValue), --to is a number.")
    }
  }

  func run(_ session: Session) async throws {
    if strategy != .git { return try await runDirectly(session) }
    var order = RollbackOrder(
      to: to, hold: hold.rawValue, acceptMigrations: acceptMigrations, reason: intent.reason ?? "")
    if intent.dryRun {
      session.show(try await session.api.preview(service.service, order)) {
        PreviewView(preview: $0).lines
      }
      return
    }
    if !yes, Screen.isSomebodyThere {
      let preview = try await session.api.preview(service.service, order).value
      Terminal.error(PreviewView(preview: preview).text(for: session.screen))
      guard preview.migrations.isEmpty || acceptMigrations else {
        Terminal.error("Error: migrations changed in between; to go on say --accept-migrations.")
        throw ExitCode(1)
      }
      try ask("Roll \(service.service) back?")
      // What was agreed to, should something land in the meantime.
      order.to = preview.to?.deployment ?? order.to
    }
    try await waiting.report(try await session.api.rollBack(service.service, order), session)
  }

  private func ask(_ question: String) throws {
    guard Question.isAnsweredYes(question) else {
      Terminal.error("Nothing was changed.")
      throw ExitCode(1)
    }
  }

  /// What was agreed to, should something be rolled out in the meantime. Several applications have
  /// no common number: then it must still be so.
  private func pin(
    _ order: inout RollbackOrder, to steps: [DirectRollbackRecord.Step], _ session: Session
  ) async throws {
    if steps.count == 1 {
      order.to = String(steps[0].to)
      return
    }
    let now = try await session.api.rollBackDirectly(service.service, order, dryRun: true)
    guard now.value.steps == steps else {
      Terminal.error("Error: it would not be what was shown any more. Nothing was changed.")
      throw ExitCode(1)
    }
  }

  private func runDirectly(_ session: Session) async throws {
    var order = RollbackOrder(
      strategy: strategy.rawValue, to: to, hold: hold.rawValue, acceptMigrations: acceptMigrations,
      reason: intent.reason ?? "")
    if intent.dryRun || (!yes && Screen.isSomebodyThere) {
      let preview = try await session.api.rollBackDirectly(service.service, order, dryRun: true)
      guard !intent.dryRun else {
        session.show(preview) { DirectRollbackView(rollback: $0).lines }
        return
      }
      Terminal.error(DirectRollbackView(rollback: preview.value).text(for: session.screen))
      try ask("Roll \(service.service) back past git?")
      try await pin(&order, to: preview.value.steps, session)
    }
    let done = try await session.api.rollBackDirectly(service.service, order)
    guard follow else {
      session.show(done) { DirectRollbackView(rollback: $0).lines }
      return
    }
    guard let target = done.value.follow else {
      session.show(done) { DirectRollbackView(rollback: $0).lines }
      throw ExitCode(1)
    }
    let next = RollbackOrder(
      to: target.deployment, hold: hold.rawValue, acceptMigrations: acceptMigrations,
      reason: intent.reason ?? "")
    try await waiting.report(try await session.api.rollBack(service.service, next), session)
  }
}
