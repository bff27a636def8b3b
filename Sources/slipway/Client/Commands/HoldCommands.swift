import APIClient
import ArgumentParser

/// `slipway hold SERVICE`
struct HoldCommand: ClientCommand {
  static let configuration = CommandConfiguration(
    commandName: "hold",
    abstract: "Stop automatic deployments of a service.",
    discussion: """
      Builds and publishing go on, and what is ready waits until `slipway release`. A hold that is \
      there is replaced.
      """)

  @OptionGroup var service: ServiceArgument

  @Option(
    help: "Until when: released, next-push, or a duration such as 30m, 2h or 1d.",
    completion: .list(["released", "next-push"]))
  var until: String?

  @OptionGroup var reason: ReasonOption
  @OptionGroup var server: ServerOptions

  func run(_ session: Session) async throws {
    let answer = try await session.api.placeHold(
      on: service.service, HoldOrder(until: until, reason: reason.reason))
    session.show(answer) { service in
      let end = service.hold.map { ServiceView.end(of: $0, at: now) } ?? ""
      return [StyledText("\(service.name) is on hold \(end).")]
    }
  }
}

/// `slipway release SERVICE`
struct ReleaseCommand: ClientCommand {
  static let configuration = CommandConfiguration(
    commandName: "release",
    abstract: "End a service's hold; what waits because of it goes on.")

  @OptionGroup var service: ServiceArgument
  @OptionGroup var reason: OptionalReasonOption
  @OptionGroup var server: ServerOptions

  func run(_ session: Session) async throws {
    let answer = try await session.api.releaseHold(of: service.service, reason.order)
    session.show(answer) { service in
      let landing = service.inFlight.map { " \($0) goes on." }.joined()
      return [StyledText("\(service.name) is not on hold any more.\(landing)")]
    }
  }
}
