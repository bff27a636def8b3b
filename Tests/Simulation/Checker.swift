import DeployModel

/// Holds the rules against what can be seen from outside: deliveries, the branch, the registry's tags
/// and the record. What must be so is derived from git and from what was asked for, never by the code
/// that is under test.
final class Checker {
  /// What was seen when everything had last come to rest.
  struct Rest {
    var holds: [String: Hold]
    var commits: Set<String>
    var deployments: Set<DeploymentID>
    var cursor: String?
    /// Of sources, until then.
    var rewinds: Int
    /// Deaths and refused writes until then.
    var troubles: [Int]
  }

  let town: Town
  var rest: Rest?
  /// The last check found everything at rest.
  var wasAtRest = false
  /// Nothing is taken for unchanged.
  var isThorough = false
  var states: [DeploymentID: [DeploymentState]] = [:]
  /// As they were when their timeline was read.
  var seen: [DeploymentID: Deployment] = [:]
  var failures: [DeploymentID: FailureCode] = [:]
  /// Since when a rollout goes on, or went on.
  var syncing: [DeploymentID: Timestamp] = [:]
  /// Of builds that ended as superseded: whether every process lived then.
  var ends: [DeploymentID: Bool] = [:]
  var outcomes: [String: DeliveryOutcome] = [:]
  var tags: [String: ImageDigest] = [:]
  /// What images that landed were built from.
  var contents: [ImageDigest: [String: String]] = [:]
  /// The newest source that triggered a service, where the model knows it.
  var wanted: [String: String] = [:]
  /// Where sources were at the check before.
  var sourcesBefore = ""

  init(_ town: Town) { self.town = town }

  func check(atRest isAtRest: Bool) async throws {
    try await town.refresh()
    let fresh = town.manifests.takeUnchecked()
    let ledger = try await town.ledger()
    let records = ledger.deployments
    let byID = Dictionary(uniqueKeysWithValues: records.map { ($0.id.description, $0) })
    try await checkDeliveries(atRest: isAtRest)
    try await checkStates(records)
    try checkTags()
    try checkBranches()
    try checkLive(records)
    for commit in fresh where commit.isOurs {
      try checkEdit(commit)
      try checkImage(commit, byID)
      try checkForward(commit, byID)
      try checkOverruled(commit, byID)
    }
    if isAtRest {
      try await checkRest(ledger, byID)
    }
    sourcesBefore = town.sources.tip
    wasAtRest = isAtRest
    if isAtRest { town.forgetWhatWasAsked() }
  }
}
