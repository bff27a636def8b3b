import DeployModel

extension SQLRow {
  /// Without what is in flight, which is rows of deployments, and what follows from those.
  func serviceState() throws(StoreError) -> ServiceState {
    let service = try value("name", ServiceName.init)
    return ServiceState(
      service: service, current: try currentImage(of: service), source: try source(),
      hold: try hold(),
      wanted: try valueIfAny("wanted_commit", CommitSHA.init),
      entryName: try textIfAny("entry_name"), lastNumber: Int(try integer("last_number")))
  }

  /// The newest source and its number, unless what is deployed contains it.
  func undeployed() throws(StoreError) -> Undeployed? {
    guard let commit = try valueIfAny("wanted_commit", CommitSHA.init) else { return nil }
    let number = try integer("wanted_number")
    if let carried = try integerIfAny("current_carries"), carried >= number { return nil }
    if try textIfAny("current_source") == commit.hex { return nil }
    return Undeployed(
      wanted: BehindRule.Wanted(
        commit: commit, since: try time("wanted_since"), reason: try text("wanted_reason")),
      number: number)
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
}

/// What a service wants and does not have.
struct Undeployed {
  var wanted: BehindRule.Wanted
  var number: Int64
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
