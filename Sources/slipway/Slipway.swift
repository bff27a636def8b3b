import ArgumentParser

@main
struct Slipway: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slipway",
    abstract: "Builds what a push touched and deploys it through git.",
    subcommands: [Serve.self, Check.self])
}
