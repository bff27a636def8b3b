import DeployModel
import Testing

@Suite("R11: what the last operation says of our commit")
struct LastOperationTests {
  private static let before = "c5faaf74100e5761f7faec9fd699eb57aca82702"

  /// Synced, healthy and with our image, after an operation that ended so.
  private static func shown(
    _ phase: Rollout.Phase, _ revision: String = ArgoCDFixture.commit
  ) -> Rollout {
    Rollout(
      operation: Rollout.Operation(
        phase: phase, message: "one or more synchronization tasks failed",
        startedAt: at(0), finishedAt: at(20), revisions: [revision]),
      revisions: [ArgoCDFixture.commit], reconciledAt: at(35),
      images: ["ghcr.io/acme/shop/backend:008c40e"])
  }

  private static func at(_ second: Int64) -> Timestamp {
    Timestamp(milliseconds: 1_764_986_405_000 + second * 1000)
  }

  private func verdict(
    on rollout: Rollout, wanted: Timestamp? = nil,
    reached: Set<String> = [ArgoCDFixture.commit]
  ) throws -> RolloutRule.Verdict {
    RolloutRule.verdict(on: rollout, image: try ArgoCDFixture.image(), wanted: wanted) {
      reached.contains($0)
    }
  }

  @Test("what restores what still runs is live, though the sync before it failed")
  func restored() throws {
    for phase in [Rollout.Phase.failed, .error] {
      #expect(try verdict(on: Self.shown(phase, Self.before)) == .live)
    }
    var rollout = Self.shown(.failed, Self.before)
    rollout.reconciledAt = Self.at(10)
    #expect(
      try verdict(on: rollout)
        == .waiting("the sync is over; the cluster has not been compared since"))
    rollout = Self.shown(.failed, Self.before)
    rollout.sync = .outOfSync
    #expect(try verdict(on: rollout) == .waiting("the application is out of sync"))
  }

  @Test("0031: what was synced does not fail for a neighbour's commit on top of it")
  func overtaken() throws {
    let later = "4f4d8ec3717b897792457c7551858bc013a06903"
    let reached: Set = [ArgoCDFixture.commit, later]
    var rollout = Self.shown(.failed, later)
    rollout.revisions = [later]
    rollout.sync = .outOfSync
    let said = "one or more synchronization tasks failed"
    #expect(try verdict(on: rollout, reached: reached) == .failed(said))
    rollout.history = [entry(0, Self.before), entry(1, ArgoCDFixture.commit)]
    #expect(
      try verdict(on: rollout, reached: reached)
        == .waiting("the commit was synced; a sync of a later one failed: \(said)"))
    // Only a hook of the neighbour's failed: all is in place.
    rollout.sync = .synced
    #expect(try verdict(on: rollout, reached: reached) == .live)
    // It was synced once, and has failed since.
    rollout.operation?.revisions = [ArgoCDFixture.commit]
    #expect(try verdict(on: rollout, reached: reached) == .failed(said))
  }

  private func entry(_ id: Int, _ revision: String) -> Rollout.HistoryEntry {
    Rollout.HistoryEntry(id: id, revisions: [revision], deployedAt: Self.at(0), by: "automated")
  }

  @Test("what failed before a retry wanted the commit is not its failure, and waits for a sync")
  func failedBefore() throws {
    var rollout = Self.shown(.failed)
    let said = "one or more synchronization tasks failed"
    let sentence = "an earlier sync of the commit failed: \(said)"
    #expect(try verdict(on: rollout, wanted: Self.at(1)) == .waitingForSync(sentence))
    rollout.obstacle = "a sync window denies it"
    #expect(
      try verdict(on: rollout, wanted: Self.at(1))
        == .heldUp("\(sentence); a sync window denies it"))
    // Argo CD cuts off what is less than a second.
    let within = Timestamp(milliseconds: Self.at(0).milliseconds + 999)
    #expect(try verdict(on: rollout, wanted: within) == .failed(said))
    // Its own was started after that.
    rollout.operation?.startedAt = Self.at(2)
    #expect(try verdict(on: rollout, wanted: Self.at(1)) == .failed(said))
  }

  @Test("who waits for a sync: without auto-sync what differs, with it what has failed")
  func waitsForSync() {
    var rollout = Self.shown(.failed)
    #expect(rollout.waitsForSync)
    rollout.isOperationAsked = true
    #expect(!rollout.waitsForSync)
    rollout = Self.shown(.failed, Self.before)
    rollout.sync = .outOfSync
    #expect(!rollout.waitsForSync)
    rollout.isAutoSynced = false
    #expect(rollout.waitsForSync)
    rollout.sync = .synced
    #expect(!rollout.waitsForSync)
  }

  @Test("what brought our commit and failed is never live, however well it looks")
  func failed() throws {
    let said = "one or more synchronization tasks failed"
    #expect(try verdict(on: Self.shown(.failed)) == .failed(said))
    var rollout = Self.shown(.error)
    rollout.reconciledAt = nil
    #expect(try verdict(on: rollout) == .failed(said))
    rollout.isOperationAsked = true
    #expect(try verdict(on: rollout) == .waiting("another sync has been asked for"))
  }
}
