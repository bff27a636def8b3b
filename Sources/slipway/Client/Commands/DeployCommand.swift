import APIClient
import ArgumentParser

/// `slipway deploy SERVICE`
struct DeployCommand: ClientCommand {
  static let configuration = CommandConfiguration(
    commandName: "deploy",
    abstract: "Deploy a commit by hand.",
    discussion: """
      Goes forward only: to go back, use rollback. Without --ref it is the tip of the branch that \
      is configured.
      """)

  @OptionGroup var service: ServiceArgument

  @Option(help: "A commit, a branch or a tag.")
  var ref: String?

  @Flag(help: "Build again what is deployed already, under a new tag.")
  var rebuild = false

  @Flag(help: "Deploy although the service is on hold. The hold stays.")
  var overrideHold = false

  @Flag(help: "Allow a commit that is not on the configured branch. Needs the role admin.")
  var offBranch = false

  @OptionGroup var intent: PreviewOptions
  @OptionGroup var waiting: WaitingOptions

  @OptionGroup var server: ServerOptions

  func run(_ session: Session) async throws {
    let order = DeployOrder(
      ref: ref, rebuild: rebuild, overrideHold: overrideHold, offBranch: offBranch,
      reason: intent.reason ?? "")
    if intent.dryRun {
      session.show(try await session.api.preview(service.service, order)) {
        PreviewView(preview: $0).lines
      }
    } else {
      try await waiting.report(try await session.api.deploy(service.service, order), session)
    }
  }
}
