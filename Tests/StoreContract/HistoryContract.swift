import DeployModel
import Testing

extension ContractCase {
  static let history: [ContractCase] = [
    ContractCase("History is paged per service and over all, newest first") { store in
      for number in 1...5 {
        _ = try await store.create(try .make(number.isMultiple(of: 2) ? "frontend" : "backend"))
      }
      let first = try await store.deployments(DeploymentQuery(limit: 3))
      #expect(first.items.map(\.id.description) == ["backend-3", "frontend-2", "backend-2"])
      let rest = try await store.deployments(DeploymentQuery(before: first.nextCursor, limit: 3))
      #expect(rest.items.map(\.id.description) == ["frontend-1", "backend-1"])
      #expect(rest.nextCursor == nil)
      let backend = try await store.deployments(
        DeploymentQuery(service: try service("backend"), limit: 2))
      #expect(backend.items.map(\.id.number) == [3, 2])
      let last = try await store.deployments(
        DeploymentQuery(service: try service("backend"), before: backend.nextCursor, limit: 2))
      #expect(last.items.map(\.id.number) == [1])
    },
    ContractCase("History is filtered by states and causes, together") { store in
      let live = try await store.makeLive("b")
      let cancelled = try await store.create(try .make()).id
      _ = try await store.step(cancelled, .queued, .cancelled)
      let rollback = try await store.create(
        try .make(cause: .rollback, image: try .make("b"), rollbackOf: live)
      ).id
      _ = try await store.step(rollback, .committing, .cancelled)
      let other = try await store.create(try .make("frontend")).id
      let backend = try service("backend")
      func found(
        _ service: ServiceName?, _ states: [DeploymentState], _ causes: [DeploymentCause]
      ) async throws -> [DeploymentID] {
        try await store.deployments(
          DeploymentQuery(service: service, states: states, causes: causes)
        ).items.map(\.id)
      }
      #expect(try await found(backend, [.cancelled], []) == [rollback, cancelled])
      #expect(try await found(backend, [.cancelled, .live], []) == [rollback, cancelled, live])
      #expect(try await found(backend, [], [.rollback]) == [rollback])
      #expect(try await found(backend, [.cancelled], [.manual]) == [cancelled])
      #expect(try await found(nil, [.queued], []) == [other])
      let first = try await store.deployments(
        DeploymentQuery(service: backend, states: [.cancelled, .live], limit: 2))
      #expect(first.items.map(\.id) == [rollback, cancelled])
      let rest = try await store.deployments(
        DeploymentQuery(
          service: backend, states: [.cancelled, .live], before: first.nextCursor, limit: 2))
      #expect(rest.items.map(\.id) == [live])
      #expect(rest.nextCursor == nil)
    },
    ContractCase("A service's state names what is in flight, oldest first") { store in
      let first = try await store.create(try .make()).id
      let second = try await store.create(try .make()).id
      let held = try await store.makeHeld("b")
      let done = try await store.create(try .make()).id
      _ = try await store.step(done, .queued, .cancelled)
      let state = try await store.serviceState(try service("backend"))
      #expect(state.inFlight == [first, second])
      #expect(state.held == held)
      _ = try await store.create(try .make("api"))
      let all = try await store.serviceStates()
      #expect(all.map(\.service.name) == ["api", "backend"])
      #expect(all.last == state)
      #expect(Set(try await store.serviceNames()) == Set(all.map(\.service)))
      let chosen = ["backend", "unknown", "api"].compactMap { ServiceName($0) }
      #expect(try await store.serviceStates(of: chosen) == all.reversed())
      #expect(
        try await store.serviceState(try service("unknown"))
          == ServiceState(service: try service("unknown")))
    },
    ContractCase("R9: a rollback plans on what ran, what is deployed, and what was rejected") {
      store in
      let backend = try service("backend")
      let first = try await store.makeLive("1")
      let second = try await store.makeLive("2")
      let cancelled = try await store.create(try .make()).id
      _ = try await store.step(cancelled, .queued, .cancelled)
      // A rollout that failed, though it is what is deployed.
      let bad = try await store.create(try .make(source: "3")).id
      try await store.publish(bad, "3")
      try await store.land(bad, "3", live: false)
      let failure = DeploymentFailure(stage: .syncing, code: .rolloutFailed, message: "crashes")
      _ = try await store.step(bad, .syncing, .failed, failure: failure)
      #expect(try await store.landed(backend, limit: 10).map(\.id) == [bad, second, first])
      // It stays in the plan as one that was rolled back from, also when another is deployed.
      let rollback = try await store.create(
        try .make(
          cause: .rollback, image: try .make("2"), rollbackOf: second, rolledBackFrom: bad)
      ).id
      try await store.land(rollback, "4")
      let next = try await store.makeLive("5")
      #expect(
        try await store.landed(backend, limit: 10).map(\.id)
          == [next, rollback, bad, second, first])
      #expect(try await store.landed(backend, limit: 2).map(\.id) == [next, rollback])
    },
    ContractCase("R9: a failed rollout that nobody rolled back from is nothing to go back to") {
      store in
      let good = try await store.makeLive("1")
      let bad = try await store.create(try .make(source: "2")).id
      try await store.publish(bad, "2")
      try await store.land(bad, "2", live: false)
      let failure = DeploymentFailure(stage: .syncing, code: .rolloutFailed, message: "crashes")
      _ = try await store.step(bad, .syncing, .failed, failure: failure)
      let fixed = try await store.makeLive("3")
      #expect(try await store.landed(try service("backend"), limit: 10).map(\.id) == [fixed, good])
    },
    ContractCase("R9: a deployment is found by each of its image's tags, the newest first") {
      store in
      let backend = try service("backend")
      let first = try await store.makeLive("1")
      let again = try await store.makeLive("1")
      let unlanded = try await store.create(try .make()).id
      try await store.publish(unlanded, "2")
      #expect(try await store.landed(backend, tag: try tag("1111111"))?.id == again)
      let full = try tag("sha-" + String(repeating: "1", count: 40))
      #expect(try await store.landed(backend, tag: full)?.id == again)
      #expect(try await store.landed(backend, tag: try tag("2222222")) == nil)
      #expect(try await store.landed(try service("frontend"), tag: full) == nil)
      #expect(first != again)
    },
    ContractCase("R8: an image is found by its inputs, while it is young enough") { store in
      let backend = try service("backend")
      let id = try await store.create(try .make()).id
      try await store.publish(id, "b", at: second(100))
      #expect(
        try await store.published(backend, inputs: try inputs("b"), since: second(100))?.id == id)
      #expect(
        try await store.published(backend, inputs: try inputs("b"), since: second(101)) == nil)
      #expect(
        try await store.published(backend, inputs: try inputs("c"), since: second(0)) == nil)
      #expect(
        try await store.published(
          try service("frontend"), inputs: try inputs("b"), since: second(0))
          == nil)
    },
    ContractCase("R8: reusing an image does not make it younger") { store in
      let built = try await store.create(try .make()).id
      try await store.publish(built, "b", at: second(100))
      let reusing = try await store.create(try .make()).id
      _ = try await store.step(
        reusing, .queued, .publishing, at: second(200),
        image: try .make("b", reusedFrom: built), inputs: try inputs("b"))
      #expect(
        try await store.deployment(reusing)?.image
          == (try PublishedImage.make("b", reusedFrom: built)))
      #expect(
        try await store.published(
          try service("backend"), inputs: try inputs("b"), since: second(150)) == nil)
    },
  ]
}
