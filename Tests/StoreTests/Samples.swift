import DeployModel

extension NewDeployment {
  static func make(_ service: String) throws -> NewDeployment {
    struct BadName: Error {}
    guard let name = ServiceName(service) else { throw BadName() }
    return NewDeployment(
      service: name, cause: .manual, actor: "ana", reason: "because", source: nil,
      at: Timestamp(milliseconds: 1_764_000_000_000))
  }
}

extension Delivery {
  static func ignored(_ number: Int) throws -> Delivery {
    struct BadGUID: Error {}
    guard let guid = DeliveryGUID("guid-\(number)") else { throw BadGUID() }
    return Delivery(
      guid: guid, event: "push", receivedAt: Timestamp(milliseconds: 1_764_000_000_000),
      repository: RepositoryName("mirai"), ref: "refs/heads/topic",
      before: String(repeating: "a", count: 40), after: String(repeating: "b", count: 40),
      forced: false, pusher: "ana", bodySHA256: String(repeating: "0", count: 64),
      outcome: .ignored, reason: "another branch")
  }
}
