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
    ContractCase("A deployment lands once, and only from committing") { store in
      let id = try await store.create(try .make()).id
      let landing = Landing(
        deployment: id, state: .syncing, commit: try commit("e"), at: second(1), reason: "pushed")
      await #expect(throws: StoreError.self) { try await store.land(landing) }
      try await store.publish(id, "b")
      try await store.land(landing)
      await #expect(throws: StoreError.self) { try await store.land(landing) }
    },
    ContractCase("A service is no longer behind when that source lands, or an unrelated one") {
      store in
      let backend = try service("backend")
      let behind = Behind(commit: try commit("c"), since: second(1), reason: "the build failed")
      try await store.setBehind(behind, for: backend)
      _ = try await store.makeLive("b")
      #expect(try await store.serviceState(backend).behind == behind)
      _ = try await store.makeLive("c")
      #expect(try await store.serviceState(backend).behind == nil)
    },
    ContractCase("R14: first contact adopts what is there, once") { store in
      let backend = try service("backend")
      let image = CurrentImage(
        deployment: nil, tag: "v1.2", digest: nil, sourceCommit: nil, manifestCommit: nil,
        since: second(1))
      try await store.adopt(image, for: backend)
      #expect(try await store.serviceState(backend).current == image)
      #expect(try await store.serviceState(backend).current?.adopted == true)
      let id = try await store.makeLive("b")
      try await store.adopt(image, for: backend)
      #expect(try await store.serviceState(backend).current?.deployment == id)
    },
    ContractCase("R14: an external change lands without an image that the registry knows") {
      store in
      let id = try await store.create(try .make(cause: .external, source: nil)).id
      _ = try await store.step(id, .queued, .committing)
      try await store.land(
        Landing(
          deployment: id, state: .committed, commit: try commit("e"), at: second(1),
          reason: "changed by Ben", tag: "hotfix-3"))
      let current = try await store.serviceState(try service("backend")).current
      #expect(current?.tag == "hotfix-3")
      #expect(current?.digest == nil)
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
      try await store.recordIntents(intents)
      try await store.recordIntents(intents)
      #expect(try await store.intents(for: id) == intents)
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
    },
    ContractCase("R5: what a person decided after a push overrules it") { store in
      let backend = try service("backend")
      guard case .stored(let push) = try await store.record(try .make("g1")) else { return }
      let earlier = try await store.makeLive("b")
      #expect(try await store.overruling(backend, after: push) == earlier)
      let rollback = try await store.create(
        try .make(cause: .rollback, image: try .make("b"), rollbackOf: earlier))
      #expect(try await store.overruling(backend, after: push) == rollback.id)
      #expect(try await store.overruling(backend, after: rollback.sequence) == nil)
      _ = try await store.step(rollback.id, .committing, .cancelled)
      #expect(try await store.overruling(backend, after: push) == earlier)
      _ = try await store.create(try .make(cause: .retry))
      _ = try await store.create(try .make("frontend"))
      #expect(try await store.overruling(backend, after: push) == earlier)
    },
  ]
}
