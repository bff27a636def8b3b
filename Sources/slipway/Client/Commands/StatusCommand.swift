import APIClient
import ArgumentParser

/// `slipway status [SERVICE]`
struct StatusCommand: ClientCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show what is deployed, in flight, on hold and behind.")

  @Argument(help: "Only this service, with everything about it.", completion: .services)
  var service: String?

  @OptionGroup var server: ServerOptions

  func run(_ session: Session) async throws {
    if let service {
      let answer = try await session.api.service(service)
      let deployments = try await deployments(of: answer.value, session)
      session.show(answer) { service in
        ServiceView(service: service, deployments: deployments, now: now).lines
      }
    } else {
      let answer = try await session.api.services()
      let isBusy = answer.value.items.contains { !$0.inFlight.isEmpty }
      let inFlight =
        isBusy && !session.printsJSON ? try await InFlight.deployments(session.api) : []
      session.show(answer) { list in
        StatusView(services: list.items, deployments: InFlight.byID(inFlight), now: now)
          .lines(width: session.screen.width)
      }
    }
  }

  private func deployments(
    of service: ServiceRecord, _ session: Session
  ) async throws(APIFailure) -> [String: DeploymentRecord] {
    guard !session.printsJSON else { return [:] }
    var found: [DeploymentRecord] = []
    for id in service.inFlight + [service.held, service.current?.deployment].compactMap(\.self) {
      found.append(try await session.api.deployment(id).value)
    }
    return InFlight.byID(found)
  }
}

/// What has not ended.
enum InFlight {
  static let states = [
    "queued", "building", "publishing", "held", "committing", "syncing",
  ]

  static func deployments(
    _ api: ServerAPI, of service: String? = nil
  ) async throws(APIFailure) -> [DeploymentRecord] {
    try await api.deployments(of: service, states: states, limit: 1000).value.items
  }

  static func byID(_ deployments: [DeploymentRecord]) -> [String: DeploymentRecord] {
    Dictionary(deployments.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  }
}
