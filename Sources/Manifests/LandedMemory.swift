import DeployModel

/// What this writer landed and the record does not show yet: the record is written by whoever
/// submitted the edit, and the next batch must not be decided on what was deployed before.
struct LandedMemory {
  struct Landed: Hashable {
    var deployment: DeploymentID
    var source: CommitSHA?
    var commit: CommitSHA?
  }

  private struct Service {
    /// What the record showed when the first of these landed.
    var shownBefore: DeploymentID?
    /// In the order of their landing.
    var landed: [Landed]
  }

  private var services: [ServiceName: Service] = [:]

  mutating func note(_ landed: Landed, whileShowing shown: DeploymentID?) {
    services[landed.deployment.service, default: Service(shownBefore: shown, landed: [])]
      .landed.append(landed)
  }

  /// 1. The record still shows what it showed: ours are newer. 2. It has come to one of ours: those
  /// after it are newer. 3. It shows something else: it knows more than we do.
  mutating func correct(_ standing: LandingStanding, of service: ServiceName) -> LandingStanding {
    guard var memory = services[service] else { return standing }
    if let index = memory.landed.firstIndex(where: { $0.deployment == standing.deployment }) {
      memory.landed.removeSubrange(...index)
      memory.shownBefore = standing.deployment
    } else if standing.deployment != memory.shownBefore {
      memory.landed = []
    }
    services[service] = memory.landed.isEmpty ? nil : memory
    guard let newest = memory.landed.last else { return standing }
    var corrected = standing
    corrected.deployment = newest.deployment
    corrected.sourceCommit = newest.source
    corrected.manifestCommit = newest.commit
    return corrected
  }
}
