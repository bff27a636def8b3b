import DeployModel
import Testing

extension ContractCase {
  /// What is created outside an evaluation, and from which state it starts.
  static let creations: [ContractCase] = [
    ContractCase("R9: what has its image at creation starts in committing, and is never queued") {
      store in
      let old = try await store.makeLive("b")
      let rollback = try await store.create(
        try .make(
          cause: .rollback, image: try .make("b"), committingReason: "the registry has it",
          rollbackOf: old, at: second(30)))
      #expect(rollback.state == .committing)
      #expect(
        try await store.timeline(rollback.id) == [
          Transition(state: .queued, at: second(30), reason: "because"),
          Transition(state: .committing, at: second(30), reason: "the registry has it"),
        ])
      let claimed = try await store.claim(
        states: [.queued], excluding: [], makers: [:], owner: "one", until: second(90),
        now: second(31))
      #expect(claimed == nil)
    },
    ContractCase("A start in committing has a reason of its own, and no image means a build") {
      store in
      let release = try await store.create(try .make(cause: .release, image: try .make("b")))
      #expect(try await store.timeline(release.id).last?.reason == "the image is known")
      let manual = try await store.create(try .make(committingReason: "not said"))
      #expect(manual.state == .queued)
      #expect(try await store.timeline(manual.id).map(\.state) == [.queued])
    },
    ContractCase("R9: a service has one rollback under way, and the second changes nothing") {
      store in
      let backend = try service("backend")
      func rollBack(
        _ name: String = "backend", _ cause: DeploymentCause = .rollback
      ) async throws -> DeploymentID {
        let made = try await store.create(
          try .make(name, cause: cause, image: try .make("b"), hold: .make(.released)))
        return made.id
      }
      let first = try await rollBack()
      let placed = try #require(try await store.serviceState(backend).hold)
      for cause in [DeploymentCause.rollback, .autoRollback] {
        let refusal = await #expect(throws: StoreError.self) {
          try await rollBack("backend", cause)
        }
        #expect(refusal == .conflict("the rollback \(first) is already under way"))
      }
      #expect(try await store.serviceState(backend).hold == placed)
      #expect(try await store.serviceState(backend).inFlight == [first])
      _ = try await rollBack("frontend")
      _ = try await store.create(try .make())
      try await store.land(first, "e")
      let second = try await rollBack("backend", .autoRollback)
      await #expect(throws: StoreError.self) { try await rollBack() }
      _ = try await store.step(second, .committing, .cancelled)
      _ = try await rollBack()
    },
  ]
}
