import ArgumentParser

@main
struct Slipway: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "slipway")
  func run() async throws {}
}
