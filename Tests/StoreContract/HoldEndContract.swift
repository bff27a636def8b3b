import DeployModel
import Testing

extension ContractCase {
  /// R9: whichever way a hold ends, what waits behind it moves with it.
  static let holdEnds: [ContractCase] = [
    ContractCase("R9: releasing a hold lets what waits behind it go on, in one step") { store in
      let backend = try service("backend")
      let held = try await store.makeHeld("b")
      let landing = try #require(
        try await store.releaseHold(
          on: backend, at: second(30), reason: "ana released the hold", onlyIfSequence: nil))
      #expect(landing.id == held)
      #expect(landing.state == .committing)
      #expect(landing.released)
      #expect(try await store.deployment(held) == landing)
      #expect(
        try await store.timeline(held).last
          == Transition(state: .committing, at: second(30), reason: "ana released the hold"))
      let state = try await store.serviceState(backend)
      #expect(state.hold == nil)
      #expect(state.held == nil)
      #expect(state.inFlight == [held])
    },
    ContractCase("R9: the end of one hold does not end another that was placed meanwhile") {
      store in
      let backend = try service("backend")
      let held = try await store.makeHeld("b", until: .time(second(60)))
      let seen = try #require(try await store.serviceState(backend).hold)
      try await store.placeHold(.make(.released, at: second(59)), on: backend)
      func release(_ sequence: Int64) async throws -> DeploymentID? {
        let landing = try await store.releaseHold(
          on: backend, at: second(60), reason: "its time is over", onlyIfSequence: sequence)
        return landing?.id
      }
      #expect(try await release(seen.sequence) == nil)
      let hold = try #require(try await store.serviceState(backend).hold)
      #expect(hold.until == .released)
      #expect(try await store.deployment(held)?.state == .held)
      #expect(try await release(hold.sequence) == held)
      #expect(try await store.serviceState(backend).hold == nil)
      #expect(try await release(hold.sequence) == nil)
    },
    ContractCase("R9: another service's hold, and what waits behind it, is left alone") { store in
      let other = try await store.makeHeld("b", of: "frontend")
      let held = try await store.makeHeld("c")
      let landing = try await store.releaseHold(
        on: try service("backend"), at: second(30), reason: "mended", onlyIfSequence: nil)
      #expect(landing?.id == held)
      #expect(try await store.deployment(other)?.state == .held)
      #expect(try await store.serviceState(try service("frontend")).hold != nil)
    },
    ContractCase("R9: a deployment that comes to a hold that has ended goes on, as released") {
      store in
      let id = try await store.create(try .make()).id
      try await store.publish(id, "b")
      let landing = try await store.step(id, .committing, .held, at: second(30))
      #expect(landing.state == .committing)
      #expect(landing.released)
      #expect(try await store.serviceState(try service("backend")).held == nil)
      #expect(
        try await store.timeline(id).last
          == Transition(
            state: .committing, at: second(30), reason: "the hold ended before it was reached"))
    },
    ContractCase("R9: nothing waits behind a hold whose time has passed") { store in
      try await store.placeHold(.make(.time(second(60))), on: try service("backend"))
      let early = try await store.create(try .make()).id
      try await store.publish(early, "b")
      let late = try await store.create(try .make()).id
      try await store.publish(late, "c")
      #expect(try await store.step(late, .committing, .held, at: second(60)).state == .committing)
      let held = try await store.step(early, .committing, .held, at: second(59))
      #expect(held.state == .held)
      #expect(!held.released)
    },
    ContractCase("R9: where what was released does not land, the next newest has its turn at once")
    {
      store in
      let older = try await store.makeHeld("b")
      let newer = try await store.makeNextHeld("c")
      #expect(try await store.deployment(older)?.supersededBy == newer)
      _ = try await store.releaseHold(
        on: newer.service, at: second(30), reason: "mended", onlyIfSequence: nil)
      _ = try await store.step(newer, .committing, .superseded, at: second(31))
      let next = try #require(try await store.serviceState(newer.service).inFlight.first)
      let landing = try #require(try await store.deployment(next))
      #expect(landing.state == .committing && landing.cause == .release && landing.released)
      #expect(landing.retryOf == older)
      #expect(landing.image == (try PublishedImage.make("b")))
      // Nobody else waits for it.
      _ = try await store.step(next, .committing, .superseded, at: second(32))
      #expect(try await store.serviceState(newer.service).inFlight.isEmpty)
    },
    ContractCase("R9: what was released and comes to a new hold gives way, and lets nothing go") {
      store in
      _ = try await store.makeHeld("b")
      let released = try await store.makeNextHeld("c")
      _ = try await store.releaseHold(
        on: released.service, at: second(30), reason: "mended", onlyIfSequence: nil)
      try await store.placeHold(.make(.released), on: released.service)
      let newest = try await store.makeNextHeld("d")
      let ended = try await store.step(released, .committing, .held, at: second(31))
      #expect(ended.state == .superseded)
      let state = try await store.serviceState(released.service)
      #expect(state.held == newest)
      #expect(state.inFlight.isEmpty)
    },
    ContractCase("R9: holds whose time has come are found, and no others") { store in
      try await store.placeHold(.make(.time(second(60))), on: try service("backend"))
      try await store.placeHold(.make(.time(second(90))), on: try service("frontend"))
      try await store.placeHold(.make(.released), on: try service("worker"))
      #expect(try await store.expiredHolds(at: second(59)).isEmpty)
      let found = try await store.expiredHolds(at: second(60))
      #expect(found.map(\.service) == [try service("backend")])
      let hold = try await store.serviceState(try service("backend")).hold
      #expect(found.map(\.sequence) == [try #require(hold).sequence])
    },
    ContractCase("R9: the push that ends a hold supersedes what waited behind it") { store in
      let backend = try service("backend")
      let held = try await store.makeHeld("b", until: .nextPush)
      let other = try await store.makeHeld("d", of: "frontend", until: .nextPush)
      _ = try await store.record(try .make("later"))
      let result = try await store.conclude(
        try .make(delivery: "later", from: nil, to: "c", triggers: [try .make(source: "c")]))
      let new = try #require(result.created.first?.id)
      #expect(result.holdsEnded == [backend])
      #expect(result.superseded == [held])
      let ended = try #require(try await store.deployment(held))
      #expect(ended.state == .superseded)
      #expect(ended.supersededBy == new)
      #expect(try await store.deployment(other)?.state == .held)
      let state = try await store.serviceState(backend)
      #expect(state.held == nil)
      #expect(state.inFlight == [new])
    },
    ContractCase("R9: a push that does not end the hold leaves what waits behind it") { store in
      let held = try await store.makeHeld("b", until: .released)
      let result = try await store.conclude(
        try .make(from: nil, to: "c", triggers: [try .make(source: "c")]))
      #expect(result.superseded.isEmpty)
      #expect(try await store.deployment(held)?.state == .held)
    },
  ]
}
