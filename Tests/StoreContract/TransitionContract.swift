import DeployModel
import Testing

extension ContractCase {
  static let transitions: [ContractCase] = [
    ContractCase("The whole line: every state is in the timeline, with its time and reason") {
      store in
      let id = try await store.create(try .make(at: second(1))).id
      _ = try await store.step(id, .queued, .building, at: second(2))
      _ = try await store.step(id, .building, .publishing, at: second(3))
      _ = try await store.step(
        id, .publishing, .committing, at: second(4), image: try .make("b"), inputs: try inputs("b"))
      try await store.land(id, "e", at: second(5))
      let done = try #require(try await store.deployment(id))
      #expect(done.state == .live)
      #expect(done.image == (try PublishedImage.make("b")))
      #expect(done.inputDigest == (try inputs("b")))
      #expect(done.manifestCommit == (try commit("e")))
      #expect(done.createdAt == second(1))
      #expect(done.updatedAt == second(5))
      #expect(done.finishedAt == second(5))
      let timeline = try await store.timeline(id)
      #expect(
        timeline.map(\.state) == [.queued, .building, .publishing, .committing, .syncing, .live])
      #expect(timeline.map(\.at) == [1, 2, 3, 4, 5, 5].map { second($0) })
      #expect(timeline[1].reason == "went on")
    },
    ContractCase("A step from a state that the deployment is not in is a conflict") { store in
      let id = try await store.create(try .make()).id
      await #expect(throws: StoreError.self) { try await store.step(id, .building, .publishing) }
      #expect(try await store.deployment(id)?.state == .queued)
      #expect(try await store.timeline(id).count == 1)
    },
    ContractCase("A step that the state machine does not know is a conflict") { store in
      let id = try await store.create(try .make()).id
      await #expect(throws: StoreError.self) { try await store.step(id, .queued, .live) }
      _ = try await store.step(id, .queued, .cancelled)
      await #expect(throws: StoreError.self) { try await store.step(id, .cancelled, .queued) }
    },
    ContractCase("A deployment that does not exist is a conflict") { store in
      let unknown = DeploymentID(service: try service("backend"), number: 7)
      await #expect(throws: StoreError.self) {
        try await store.step(unknown, .queued, .building)
      }
      #expect(try await store.deployment(unknown) == nil)
      #expect(try await store.timeline(unknown).isEmpty)
    },
    ContractCase("A failure is kept with its stage, code and words; nothing else carries one") {
      store in
      let id = try await store.create(try .make()).id
      _ = try await store.step(id, .queued, .building)
      await #expect(throws: StoreError.self) { try await store.step(id, .building, .failed) }
      let failure = DeploymentFailure(
        stage: .building, code: .buildFailed, message: "step 3 ended with status 1")
      await #expect(throws: StoreError.self) {
        try await store.step(id, .building, .publishing, failure: failure)
      }
      let failed = try await store.step(id, .building, .failed, at: second(9), failure: failure)
      #expect(failed.failure == failure)
      #expect(failed.finishedAt == second(9))
    },
    ContractCase("R11: a rollout that recovers is live, and says so") { store in
      let id = try await store.create(try .make()).id
      try await store.publish(id, "b")
      try await store.land(id, "e", live: false)
      let failure = DeploymentFailure(
        stage: .syncing, code: .rolloutFailed, message: "ImagePullBackOff")
      _ = try await store.step(id, .syncing, .failed, at: second(30), failure: failure)
      let live = try await store.step(id, .failed, .live, at: second(40))
      #expect(live.recovered)
      #expect(live.failure == nil)
      #expect(live.finishedAt == second(40))
    },
    ContractCase("What failed before it landed cannot recover") { store in
      let id = try await store.create(try .make()).id
      let failure = DeploymentFailure(
        stage: .queued, code: .sourceUnavailable, message: "the commit is gone")
      _ = try await store.step(id, .queued, .failed, failure: failure)
      await #expect(throws: StoreError.self) { try await store.step(id, .failed, .live) }
    },
    ContractCase("Nothing is syncing without an image and a manifest commit") { store in
      let id = try await store.create(try .make()).id
      _ = try await store.step(id, .queued, .committing)
      await #expect(throws: StoreError.self) { try await store.step(id, .committing, .syncing) }
      await #expect(throws: StoreError.self) {
        try await store.land(
          Landing(
            deployment: id, state: .syncing, commit: try commit("e"), at: second(1), reason: ""))
      }
      #expect(try await store.deployment(id)?.state == .committing)
      #expect(try await store.deployment(id)?.manifestCommit == nil)
    },
    ContractCase("A note is a row of the timeline and no change of state") { store in
      let id = try await store.create(try .make()).id
      try await store.note(id, "the entry was appended", details: "k8s/backend", at: second(2))
      let timeline = try await store.timeline(id)
      #expect(
        timeline.last
          == Transition(
            state: .queued, at: second(2), reason: "the entry was appended",
            details: "k8s/backend"))
      #expect(try await store.deployment(id)?.state == .queued)
    },
    ContractCase("A deployment goes back to the queue when its process has died") { store in
      let id = try await store.create(try .make()).id
      _ = try await store.step(id, .queued, .building)
      #expect(try await store.step(id, .building, .queued).state == .queued)
    },
  ]
}
