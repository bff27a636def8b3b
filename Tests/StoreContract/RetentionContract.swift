import DeployModel
import Testing

extension ContractCase {
  static let retention: [ContractCase] = [
    ContractCase("A deployment goes when it is old and there are enough newer ones, with its log") {
      store in
      let old = try await store.makeLive("1", at: second(1))
      let older = try await store.makeLive("2", at: second(2))
      let young = try await store.makeLive("3", at: second(3))
      let newest = try await store.makeLive("4", at: second(4))
      try await store.appendLog(old, Array("STEP 1".utf8))
      #expect(try await store.pruneDeployments(keeping: 4, finishedBefore: second(90)) == 0)
      #expect(try await store.pruneDeployments(keeping: 3, finishedBefore: second(1)) == 0)
      #expect(try await store.pruneDeployments(keeping: 2, finishedBefore: second(2)) == 1)
      #expect(try await store.names() == [newest, young, older])
      #expect(try await store.deployment(old) == nil)
      #expect(try await store.log(old, fromChunk: 0).bytes.isEmpty)
      #expect(try await store.pruneDeployments(keeping: 2, finishedBefore: second(90)) == 1)
      #expect(try await store.names() == [newest, young])
      // Its number is not given out again.
      #expect(try await store.create(try .make()).id.number == 5)
    },
    ContractCase("R1: what is deployed, held or under way is kept, however old") { store in
      let current = try await store.makeLive("1", at: second(1))
      let flying = try await store.create(try .make(source: "2")).id
      let held = try await store.makeHeld("3")
      var over: [DeploymentID] = []
      for _ in 1...120 {
        let id = try await store.create(try .make(source: "4")).id
        _ = try await store.step(id, .queued, .cancelled)
        over.append(id)
      }
      #expect(try await store.pruneDeployments(keeping: 1, finishedBefore: second(90)) == 119)
      #expect(try await store.names() == [over[119], held, flying, current])
      #expect(try await store.serviceState(try service("backend")).current?.deployment == current)
    },
    ContractCase("What another deployment names is kept as long as that is") { store in
      let first = try await store.makeLive("1", at: second(1))
      let second1 = try await store.makeLive("2", at: second(2))
      let rollback = try await store.create(
        try .make(
          cause: .rollback, image: try .make("1"), rollbackOf: first, rolledBackFrom: second1)
      ).id
      try await store.land(rollback, "3", at: second(3))
      let next = try await store.makeLive("4", at: second(4))
      #expect(try await store.pruneDeployments(keeping: 2, finishedBefore: second(90)) == 0)
      #expect(try await store.names() == [next, rollback, second1, first])
      // The one that names them goes first.
      #expect(try await store.pruneDeployments(keeping: 1, finishedBefore: second(90)) == 3)
      #expect(try await store.names() == [next])
    },
    ContractCase("Each service has a history of its own to keep") { store in
      for name in ["backend", "frontend"] {
        for _ in 1...3 {
          let id = try await store.create(try .make(name)).id
          _ = try await store.step(id, .queued, .cancelled)
        }
      }
      #expect(try await store.pruneDeployments(keeping: 2, finishedBefore: second(90)) == 2)
      let numbers = try await store.names().map(\.description)
      #expect(numbers == ["frontend-3", "frontend-2", "backend-3", "backend-2"])
    },
    ContractCase("Old logs go; their deployments, young logs and those that still grow stay") {
      store in
      let growing = try await store.makeLogged(at: second(1), end: nil)
      var old: [DeploymentID] = []
      for _ in 1...120 {
        old.append(try await store.makeLogged(at: second(1), end: second(2)))
      }
      let late = try await store.makeLogged(at: second(1), end: second(30))
      let young = try await store.makeLogged(at: second(31), end: second(32))
      #expect(try await store.pruneLogs(finishedBefore: second(2)) == 0)
      #expect(try await store.pruneLogs(finishedBefore: second(20)) == 120)
      #expect(try await store.pruneLogs(finishedBefore: second(20)) == 0)
      for id in old { #expect(try await store.logChunkSizes(id).isEmpty) }
      for id in [growing, late, young] { #expect(try await store.logChunkSizes(id).count == 1) }
      #expect(try await store.deployment(old[0])?.state == .cancelled)
      #expect(try await store.timeline(old[0]).count == 2)
    },
  ]
}

extension DeploymentStore {
  /// Of every deployment, newest first.
  fileprivate func names() async throws -> [DeploymentID] {
    try await deployments(DeploymentQuery(limit: 1000)).items.map(\.id)
  }
  /// With a log; it goes on if it has no end.
  fileprivate func makeLogged(at: Timestamp, end: Timestamp?) async throws -> DeploymentID {
    let id = try await create(try NewDeployment.make(at: at)).id
    try await appendLog(id, Array("STEP 1: FROM scratch\n".utf8))
    if let end { _ = try await step(id, .queued, .cancelled, at: end) }
    return id
  }
}
