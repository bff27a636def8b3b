import DeployModel

extension SQLRow {
  /// Without what is in flight, which is rows of deployments.
  func serviceState() throws(StoreError) -> ServiceState {
    let service = try value("name", ServiceName.init)
    return ServiceState(
      service: service, current: try currentImage(of: service), hold: try hold(),
      behind: try behind())
  }

  private func currentImage(of service: ServiceName) throws(StoreError) -> CurrentImage? {
    guard let tag = try textIfAny("current_tag") else { return nil }
    return CurrentImage(
      deployment: try integerIfAny("current_number").map {
        DeploymentID(service: service, number: Int($0))
      },
      tag: tag, digest: try valueIfAny("current_digest", ImageDigest.init),
      sourceCommit: try valueIfAny("current_source", CommitSHA.init),
      manifestCommit: try valueIfAny("current_manifest", CommitSHA.init),
      since: try time("current_since"))
  }

  private func hold() throws(StoreError) -> Hold? {
    guard let until = try textIfAny("hold_until") else { return nil }
    let end: Hold.Until =
      switch until {
      case "released": .released
      case "next-push": .nextPush
      case "time": .time(try time("hold_until_time"))
      default: throw .bug("column hold_until holds '\(until)'")
      }
    return Hold(
      until: end, reason: try text("hold_reason"), actor: try text("hold_actor"),
      since: try time("hold_since"), sequence: try integer("hold_sequence"))
  }

  private func behind() throws(StoreError) -> Behind? {
    guard let commit = try valueIfAny("behind_commit", CommitSHA.init) else { return nil }
    return Behind(
      commit: commit, since: try time("behind_since"), reason: try text("behind_reason"))
  }
}

extension Hold.Until {
  var columns: [SQLValue] {
    switch self {
    case .released: [.text("released"), .null]
    case .nextPush: [.text("next-push"), .null]
    case .time(let end): [.text("time"), .time(end)]
    }
  }
}

extension Hold {
  func isInForce(at now: Timestamp) -> Bool {
    if case .time(let end) = until { return now < end }
    return true
  }
}
