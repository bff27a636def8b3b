import APIClient
import ArgumentParser

/// `slipway rollout SERVICE`
struct RolloutCommand: ClientCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollout",
    abstract:
      "Show what Argo CD and Kubernetes say of a service now: health, images, pods, history.")

  @OptionGroup var service: ServiceArgument
  @OptionGroup var server: ServerOptions

  func run(_ session: Session) async throws {
    session.show(try await session.api.rollout(of: service.service)) { rollout in
      RolloutView(rollout: rollout, now: now).lines(width: session.screen.width)
    }
  }
}

/// `slipway sync SERVICE`
struct SyncCommand: ClientCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync",
    abstract: "Have Argo CD compare with git now, and sync what it does not sync itself.")

  @OptionGroup var service: ServiceArgument
  @OptionGroup var reason: OptionalReasonOption
  @OptionGroup var server: ServerOptions

  func run(_ session: Session) async throws {
    session.show(try await session.api.sync(service.service, reason.order)) { rollout in
      RolloutView(rollout: rollout, now: now).lines(width: session.screen.width)
    }
  }
}
