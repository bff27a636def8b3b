import DeployModel
import Testing

extension ContractCase {
  /// A service is behind while its newest triggering source is neither deployed nor in flight.
  static let behinds: [ContractCase] = [
    ContractCase("R4: a skipped push leaves what it touches behind, until a push triggers it") {
      store in
      let skip = BehindRule.Wanted(commit: try commit("b"), since: second(1), reason: "[skip ci]")
      _ = try await store.conclude(
        try .make(from: nil, to: "b", outcome: .skipped, skipped: [try service("backend"): skip]))
      try await store.isBehind("b", since: second(1), "[skip ci]")
      let pushed = try await store.push("c", after: "b")
      try await store.isNotBehind()
      try await store.land(pushed, as: "c")
      try await store.isNotBehind()
    },
    ContractCase("A deployment that fails or is cancelled leaves its service behind") { store in
      let failed = try await store.push("b")
      _ = try await store.step(failed, .queued, .building)
      try await store.isNotBehind()
      _ = try await store.step(
        failed, .building, .failed, at: second(11),
        failure: DeploymentFailure(stage: .building, code: .buildFailed, message: "exit 7"))
      try await store.isBehind("b", since: second(11), "backend-1 failed: went on")
      let retry = try await store.create(
        try .make(cause: .retry, source: "b", retryOf: failed)
      ).id
      try await store.isNotBehind()
      _ = try await store.step(retry, .queued, .cancelled, at: second(12))
      try await store.isBehind("b", since: second(12), "backend-2 cancelled: went on")
      let second = try await store.create(
        try .make(cause: .retry, source: "b", retryOf: retry)
      ).id
      try await store.land(second, as: "b")
      try await store.isNotBehind()
    },
    ContractCase("R9: what waits for a hold leaves its service behind") { store in
      let waiting = try await store.push("b")
      try await store.publish(waiting, "b")
      try await store.placeHold(.make(.released), on: waiting.service)
      _ = try await store.step(waiting, .committing, .held, at: second(13))
      try await store.isBehind("b", since: second(13), "backend-1 waits for the hold to end")
      // Another attempt that fails does not hide it.
      let manual = try await store.create(try .make(source: "b", overrideHold: true)).id
      try await store.isNotBehind()
      _ = try await store.step(manual, .queued, .cancelled)
      try await store.isBehind("b", since: second(13), "backend-1 waits for the hold to end")
      _ = try await store.releaseHold(
        on: waiting.service, at: second(14), reason: "mended", onlyIfSequence: nil)
      try await store.isNotBehind()
    },
    ContractCase("R9: a service that was rolled back is behind, until it is brought back") {
      store in
      let old = try await store.push("b")
      try await store.land(old, as: "b")
      let bad = try await store.push("c", after: "b")
      try await store.land(bad, as: "c")
      let rollback = try await store.create(
        try .make(
          cause: .rollback, source: "b", image: try .make("b"), rollbackOf: old,
          rolledBackFrom: bad)
      ).id
      try await store.isNotBehind()
      try await store.land(rollback, "d", at: second(21))
      try await store.isBehind("c", since: second(21), "rolled back from backend-2 by backend-3")
      let forward = try await store.create(
        try .make(
          cause: .rollback, source: "c", image: try .make("c"), rollbackOf: bad,
          rolledBackFrom: rollback)
      ).id
      try await store.land(forward, "e")
      try await store.isNotBehind()
    },
    ContractCase("R5: a deployment that gave way to a person's decision leaves its service behind")
    {
      store in
      let pushed = try await store.push("b")
      let manual = try await store.create(try .make(source: "d")).id
      try await store.advance(
        pushed,
        DeploymentChange(
          from: [.queued], to: .superseded, at: second(15), reason: "backend-2 overrules it",
          supersededBy: manual))
      try await store.isBehind(
        "b", since: second(15), "backend-1 superseded: backend-2 overrules it")
      try await store.land(manual, as: "d")
      try await store.isBehind(
        "b", since: second(15), "backend-1 superseded: backend-2 overrules it")
    },
    ContractCase("R10: a deployment that a newer push pushed aside is not what is missing") {
      store in
      let older = try await store.push("b")
      let newer = try await store.push("c", after: "b")
      #expect(try await store.deployment(older)?.state == .superseded)
      try await store.isNotBehind()
      _ = try await store.step(newer, .queued, .cancelled, at: second(16))
      try await store.isBehind("c", since: second(16), "backend-2 cancelled: went on")
    },
    ContractCase("A deployment by hand brings what it contains, and nothing else") { store in
      let skip = BehindRule.Wanted(commit: try commit("b"), since: second(1), reason: "[no ci]")
      _ = try await store.conclude(
        try .make(from: nil, to: "b", outcome: .skipped, skipped: [try service("backend"): skip]))
      let aside = try await store.create(try .make(source: "7")).id
      try await store.land(aside, as: "7")
      try await store.isBehind("b", since: second(1), "[no ci]")
      // Asked for while something else was wanted: it says nothing about what is wanted now.
      let stale = try await store.create(try .make(source: "d", covers: try commit("a"))).id
      try await store.isBehind("b", since: second(1), "[no ci]")
      _ = try await store.step(stale, .queued, .cancelled)
      let newer = try await store.create(try .make(source: "d", covers: try commit("b"))).id
      try await store.isNotBehind()
      try await store.land(newer, as: "d")
      try await store.isNotBehind()
    },
    ContractCase("R14: what was deployed by hand carries what is evaluated after it") { store in
      let manual = try await store.create(try .make(source: "d")).id
      try await store.land(manual, as: "d")
      var late = try Evaluation.make(from: nil, to: "c", triggers: [try .make(source: "c")])
      let name = try service("backend")
      // Another deployment came after git was asked: it might contain the source, too.
      late.carriers = [name: Evaluation.Carriers(deployments: [], lastNumber: manual.number - 1)]
      await #expect(throws: StoreError.self) { try await store.conclude(late) }
      late.carriers = [
        name: Evaluation.Carriers(
          deployments: [manual], lastNumber: try await store.serviceState(name).lastNumber)
      ]
      let pushed = try #require(try await store.conclude(late).created.first?.id)
      try await store.isNotBehind()
      _ = try await store.step(pushed, .queued, .superseded)
      try await store.isNotBehind()
      // What comes after that is not in it.
      let next = try await store.push("e", after: "c")
      _ = try await store.step(next, .queued, .cancelled, at: second(17))
      try await store.isBehind("e", since: second(17), "backend-3 cancelled: went on")
    },
    ContractCase("A push that is looked at again does not take a newer one's place") { store in
      let newest = try await store.push("c")
      try await store.land(newest, as: "c")
      var again = try ServiceTrigger.make(source: "b")
      again.isNewest = false
      let looked = try await store.conclude(try .make(from: "c", to: nil, triggers: [again]))
      let id = try #require(looked.created.first?.id)
      _ = try await store.step(id, .queued, .cancelled)
      try await store.isNotBehind()
    },
    ContractCase("R10, R9: a push that is looked at again pushes nothing aside that is newer") {
      store in
      let backend = try service("backend")
      _ = try await store.record(try .make("old", outcome: .noneMatched))
      let newer = try await store.push("c")
      try await store.placeHold(.make(.nextPush), on: backend)
      try await store.reopen(try .make("old"), byItself: true)
      var again = try ServiceTrigger.make(source: "b", delivery: "old")
      again.isNewest = false
      let looked = try await store.conclude(
        try .make(delivery: "old", from: "c", to: nil, triggers: [again]))
      let id = try #require(looked.created.first?.id)
      #expect(looked.newest.isEmpty && looked.superseded.isEmpty && looked.holdsEnded.isEmpty)
      #expect(try await store.deployment(newer)?.state == .queued)
      #expect(try await store.serviceState(backend).hold != nil)
      // It is as old as its push: of two that are held, the newer waits.
      for (id, digit) in [(newer, Character("c")), (id, "b")] {
        try await store.publish(id, digit)
      }
      _ = try await store.step(newer, .committing, .held)
      _ = try await store.step(id, .committing, .held)
      #expect(try await store.serviceState(backend).held == newer)
      #expect(try await store.deployment(id)?.supersededBy == newer)
    },
    ContractCase("R11: what git names is deployed, whatever became of its rollout") { store in
      let bad = try await store.push("b")
      try await store.publish(bad, "b")
      try await store.land(bad, "b", live: false)
      _ = try await store.step(
        bad, .syncing, .failed,
        failure: DeploymentFailure(stage: .syncing, code: .rolloutFailed, message: "crashes"))
      try await store.isNotBehind()
    },
    ContractCase("An image that was there before may be the newest source") { store in
      let backend = try service("backend")
      try await store.adopt(
        CurrentImage(
          deployment: nil, tag: "bbbbbbb", digest: nil, sourceCommit: try commit("b"),
          manifestCommit: nil, since: second(1)),
        entryName: "ghcr.io/acme/shop", for: backend)
      let skip = BehindRule.Wanted(commit: try commit("b"), since: second(1), reason: "[skip ci]")
      _ = try await store.conclude(
        try .make(from: nil, to: "b", outcome: .skipped, skipped: [backend: skip]))
      #expect(try await store.serviceState(backend).wanted == (try commit("b")))
      try await store.isNotBehind()
    },
  ]
}

extension DeploymentStore {
  /// A push of `backend` that triggers it, from one commit to another.
  fileprivate func push(
    _ digit: Character, after: Character? = nil
  ) async throws -> DeploymentID {
    let result = try await conclude(
      try .make(from: after, to: digit, triggers: [try .make(source: digit)]))
    return try #require(result.created.first?.id)
  }

  /// All the way, with image and manifest commit of the digit.
  fileprivate func land(_ id: DeploymentID, as digit: Character) async throws {
    try await publish(id, digit)
    try await land(id, digit)
  }

  fileprivate func isBehind(
    _ digit: Character, since: Timestamp, _ reason: String,
    _ location: SourceLocation = #_sourceLocation
  ) async throws {
    let expected = Behind(commit: try commit(digit), since: since, reason: reason)
    let state = try await serviceState(try service("backend"))
    #expect(state.behind == expected, sourceLocation: location)
    let listed = try await serviceStates()
    #expect(listed == [state], sourceLocation: location)
  }

  fileprivate func isNotBehind(_ location: SourceLocation = #_sourceLocation) async throws {
    let state = try await serviceState(try service("backend"))
    #expect(state.behind == nil, sourceLocation: location)
    let listed = try await serviceStates()
    #expect(listed == [state], sourceLocation: location)
  }
}
