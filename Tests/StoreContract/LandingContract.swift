import DeployModel
import Testing

extension ContractCase {
  static let landings: [ContractCase] = [
    ContractCase("What lands is its service's current, and knows where it came from") { store in
      let id = try await store.create(try .make(source: "b")).id
      try await store.publish(id, "b")
      try await store.land(id, "e", live: false, at: second(20))
      let state = try await store.serviceState(try service("backend"))
      #expect(
        state.current
          == CurrentImage(
            deployment: id, tag: "bbbbbbb", digest: try digest("b"),
            sourceCommit: try commit("b"), manifestCommit: try commit("e"), since: second(20)))
      #expect(state.inFlight == [id])
    },
    ContractCase("R11: without an observer, committed is the end") { store in
      let id = try await store.create(try .make()).id
      try await store.publish(id, "b")
      let landed = try await store.land(
        Landing(
          deployment: id, state: .committed, commit: try commit("e"), at: second(20),
          reason: "pushed"))
      #expect(landed.state == .committed)
      #expect(landed.finishedAt == second(20))
      #expect(try await store.serviceState(try service("backend")).inFlight.isEmpty)
    },
    ContractCase("A later commit that rewrites the entry ends the rollout before it") { store in
      let first = try await store.create(try .make(source: "b")).id
      let second = try await store.create(try .make(source: "c")).id
      try await store.publish(first, "b")
      try await store.publish(second, "c")
      try await store.land(first, "1", live: false)
      try await store.land(second, "2", live: false)
      let ended = try #require(try await store.deployment(first))
      #expect(ended.state == .superseded)
      #expect(ended.supersededBy == second)
      #expect(try await store.serviceState(try service("backend")).current?.deployment == second)
    },
    ContractCase("R5: what lies below a recorded landing has landed, and is not current") { store in
      for (state, end) in [
        (DeploymentState.committed, DeploymentState.committed), (.syncing, .superseded),
      ] {
        let name = "service-\(state.rawValue)"
        let first = try await store.create(try .make(name, source: "b")).id
        let newer = try await store.create(try .make(name, source: "c")).id
        try await store.publish(first, "b")
        try await store.publish(newer, "c")
        try await store.recordIntents(
          [try .make(first, commit: "1")], decidedOn: [], at: second(20))
        try await store.recordIntents(
          [try .make(newer, commit: "2")], decidedOn: [], at: second(20))
        for (id, digit) in [(newer, Character("2")), (first, "1")] {
          try await store.land(
            Landing(
              deployment: id, state: state, commit: try commit(digit), at: second(20),
              reason: "pushed"))
        }
        let late = try #require(try await store.deployment(first))
        #expect(late.state == end)
        #expect(late.manifestCommit == (try commit("1")))
        #expect(try await store.deployment(newer)?.state == state)
        #expect(try await store.serviceState(newer.service).current?.deployment == newer)
      }
    },
    ContractCase("A deployment lands once, and only from committing") { store in
      let id = try await store.create(try .make()).id
      let landing = Landing(
        deployment: id, state: .syncing, commit: try commit("e"), at: second(1), reason: "pushed")
      await #expect(throws: StoreError.self) { try await store.land(landing) }
      try await store.publish(id, "b")
      try await store.land(landing)
      await #expect(throws: StoreError.self) { try await store.land(landing) }
    },
    ContractCase("R1, R4: a restart knows its own commits and blobs by what was intended") {
      store in
      let id = try await store.create(try .make()).id
      let main = try RepositoryBranch.make()
      let intents = try (["1", "2"] as [Character]).map { digit in
        ManifestIntent(
          deployment: id, target: main, commit: try commit(digit),
          file: ManifestBlob(
            path: "k8s/backend/kustomization.yaml", blob: String(repeating: digit, count: 40)),
          at: second(1))
      }
      try await store.recordIntents(intents, decidedOn: [], at: second(1))
      try await store.recordIntents(intents, decidedOn: [], at: second(2))
      #expect(try await store.intents(for: id) == intents)
      #expect(
        try await store.deployment(intending: try commit("2"), in: main.repository)?.id == id)
      #expect(try await store.deployment(intending: try commit("9"), in: main.repository) == nil)
      #expect(
        try await store.ownCommits(
          among: [try commit("1"), try commit("9")], repository: main.repository)
          == [try commit("1")])
      let elsewhere = ManifestBlob(path: "k8s/other/kustomization.yaml", blob: intents[0].file.blob)
      #expect(
        try await store.ownBlobs(
          among: [intents[1].file, elsewhere], repository: main.repository) == [intents[1].file])
      let other = try RepositoryBranch.make("other").repository
      #expect(try await store.ownCommits(among: [try commit("1")], repository: other).isEmpty)
      #expect(try await store.deployment(intending: try commit("1"), in: other) == nil)
    },
    ContractCase("R9: a hold that came after the decision is seen before the push") { store in
      let id = try await store.create(try .make()).id
      let intent = try ManifestIntent.make(id)
      func push(holdInForce: Bool, at: Timestamp = second(1)) async throws {
        try await store.recordIntents(
          [intent],
          decidedOn: [
            LandingGround(deployment: id, holdInForce: holdInForce, overruledBy: nil)
          ], at: at)
      }
      try await store.placeHold(.make(.time(second(60))), on: id.service)
      await #expect(throws: StoreError.self) { try await push(holdInForce: false) }
      #expect(try await store.intents(for: id).isEmpty)
      // A hold that was there when it was decided, or has ended, stops nothing.
      try await push(holdInForce: true)
      try await push(holdInForce: false, at: second(60))
      #expect(try await store.intents(for: id) == [intent])
    },
    ContractCase("R5: a rollback that came after the decision is seen before the push") { store in
      let old = try await store.makeLive("b")
      let pushed = try await store.conclude(
        try .make(from: nil, to: "c", triggers: [try .make(source: "c")]))
      let id = try #require(pushed.created.first?.id)
      let intent = try ManifestIntent.make(id)
      let rollback = try await store.create(
        try .make(cause: .rollback, image: try .make("b"), rollbackOf: old))
      func push(knowing overruling: DeploymentID?) async throws {
        try await store.recordIntents(
          [intent],
          decidedOn: [
            LandingGround(deployment: id, holdInForce: false, overruledBy: overruling)
          ], at: second(1))
      }
      await #expect(throws: StoreError.self) { try await push(knowing: nil) }
      #expect(try await store.intents(for: id).isEmpty)
      try await push(knowing: rollback.id)
      #expect(try await store.intents(for: id) == [intent])
    },
    ContractCase("R6: who has lost a deployment to another process pushes nothing for it") {
      store in
      let id = try await store.create(try .make()).id
      try await store.publish(id, "b")
      func take(_ owner: String, at: Int64) async throws {
        let claimed = try await store.claim(
          states: [.committing], excluding: [], makers: [:], owner: owner, until: second(at + 30),
          now: second(at))
        #expect(claimed?.id == id)
      }
      func push(as owner: String) async throws {
        try await store.recordIntents(
          [try .make(id, commit: owner == "stalled" ? "1" : "2")],
          decidedOn: [
            LandingGround(deployment: id, holdInForce: false, overruledBy: nil, owner: owner)
          ], at: second(20))
      }
      try await take("stalled", at: 20)
      try await push(as: "stalled")
      try await take("heir", at: 60)
      #expect(try await !store.isCommitted(id, by: "stalled"))
      await #expect(throws: StoreError.self) { try await push(as: "stalled") }
      #expect(try await store.isCommitted(id, by: "heir"))
      try await push(as: "heir")
      try await store.land(id, "c", live: false)
      #expect(try await !store.isCommitted(id, by: "heir"))
      await #expect(throws: StoreError.self) { try await push(as: "heir") }
      #expect(try await store.intents(for: id).count == 2)
    },
    ContractCase("R6: who has lost a deployment to another process records no landing of it") {
      store in
      let id = try await store.create(try .make()).id
      try await store.publish(id, "b")
      for (owner, at) in [("stalled", Int64(20)), ("heir", 60)] {
        let claimed = try await store.claim(
          states: [.committing], excluding: [], makers: [:], owner: owner,
          until: second(at + 30), now: second(at))
        #expect(claimed?.id == id)
      }
      func landing(by owner: String) throws -> Landing {
        var landing = Landing(
          deployment: id, state: .syncing, commit: try commit("e"), at: second(61),
          reason: "pushed")
        landing.owner = owner
        return landing
      }
      let (late, due) = (try landing(by: "stalled"), try landing(by: "heir"))
      await #expect(throws: StoreError.self) { try await store.land(late) }
      #expect(try await store.deployment(id)?.state == .committing)
      try await store.land(due)
    },
    ContractCase("What work began with is where it is committed") { store in
      let id = try await store.create(try .make()).id
      #expect(try await store.deployment(id)?.location == nil)
      let main = try RepositoryBranch.make()
      let location = ManifestLocation(
        repository: main.repository, branch: main.branch,
        path: try make("k8s/backend") { RepositoryPath($0) }, imageName: "ghcr.io/acme/shop")
      try await store.advance(
        id,
        DeploymentChange(
          from: [.queued], to: .building, at: second(1), reason: "", location: location))
      _ = try await store.step(id, .building, .publishing)
      #expect(try await store.deployment(id)?.location == location)
    },
    ContractCase("R5: what a person decided after a push overrules it") { store in
      let backend = try service("backend")
      guard case .stored(let push) = try await store.record(try .make("g1")) else { return }
      let earlier = try await store.makeLive("b")
      #expect(try await store.overruling(backend, after: push, onceLanded: false) == earlier)
      let rollback = try await store.create(
        try .make(cause: .rollback, image: try .make("b"), rollbackOf: earlier))
      #expect(try await store.overruling(backend, after: push, onceLanded: false) == rollback.id)
      #expect(
        try await store.overruling(backend, after: rollback.sequence, onceLanded: false) == nil)
      #expect(try await store.overruling(backend, after: push, onceLanded: true) == earlier)
      _ = try await store.step(rollback.id, .committing, .cancelled)
      #expect(try await store.overruling(backend, after: push, onceLanded: false) == earlier)
      let unwell = try await store.create(
        try .make(cause: .rollback, image: try .make("b"), rollbackOf: earlier)
      ).id
      try await store.land(unwell, "c", live: false)
      _ = try await store.step(
        unwell, .syncing, .failed,
        failure: DeploymentFailure(stage: .syncing, code: .rolloutFailed, message: "degraded"))
      #expect(
        try await store.overruling(backend, after: push, onceLanded: false) == unwell,
        "git names it all the same")
      let dropped = try await store.create(try .make()).id
      try await store.advance(
        dropped,
        DeploymentChange(
          from: [.queued], to: .superseded, at: second(20), reason: "newer", supersededBy: unwell))
      _ = try await store.create(try .make(cause: .retry))
      _ = try await store.create(try .make("frontend"))
      #expect(try await store.overruling(backend, after: push, onceLanded: false) == unwell)
    },
  ]
}
