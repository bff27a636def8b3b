import DeployModel
import Testing

extension ContractCase {
  static let holds: [ContractCase] = [
    ContractCase("R9: each kind of hold is read back, and ends when it is released") { store in
      let backend = try service("backend")
      for until in [Hold.Until.released, .nextPush, .time(second(900))] {
        try await store.placeHold(.make(until), on: backend)
        let hold = try #require(try await store.serviceState(backend).hold)
        #expect(hold.until == until)
        #expect(hold.reason == "the new version is broken")
        #expect(hold.actor == "ana")
        #expect(hold.since == second(0))
        #expect(hold.sequence > 0)
      }
      let landing = try await store.releaseHold(
        on: backend, at: second(1), reason: "mended", onlyIfSequence: nil)
      #expect(landing == nil)
      #expect(try await store.serviceState(backend).hold == nil)
    },
    ContractCase("R9: a rollback places its hold with its own place in the order") { store in
      let old = try await store.makeLive("b")
      let bad = try await store.makeLive("c")
      let rollback = try await store.create(
        try .make(
          cause: .rollback, image: try .make("b"), rollbackOf: old, rolledBackFrom: bad,
          hold: .make(.nextPush)))
      let hold = try #require(try await store.serviceState(try service("backend")).hold)
      #expect(hold.sequence == rollback.sequence)
      #expect(rollback.rollbackOf == old)
      #expect(rollback.rolledBackFrom == bad)
      #expect(rollback.image == (try PublishedImage.make("b")))
    },
    ContractCase("R9: a rollback does not shorten a hold that lasts until it is released") {
      store in
      let backend = try service("backend")
      let old = try await store.makeLive("b")
      let bad = try await store.makeLive("c")
      for (before, after) in [
        (Hold.Until.released, Hold.Until.released), (.time(second(900)), .nextPush),
      ] {
        try await store.placeHold(.make(before), on: backend)
        let rollback = try await store.create(
          try .make(
            cause: .rollback, image: try .make("b"), rollbackOf: old, rolledBackFrom: bad,
            hold: .make(.nextPush)))
        #expect(try await store.serviceState(backend).hold?.until == after)
        _ = try await store.step(
          rollback.id, .committing, .failed,
          failure: DeploymentFailure(stage: .committing, code: .imageGone, message: "gone"))
      }
    },
    ContractCase("R9: a hold that replaces a certain one replaces no other") { store in
      let backend = try service("backend")
      let first = try #require(try await store.placeHold(.make(.released), on: backend))
      let second = try await store.placeHold(.make(.nextPush), on: backend, replacing: first)
      #expect(second != nil)
      #expect(try await store.placeHold(.make(.released), on: backend, replacing: first) == nil)
      #expect(try await store.serviceState(backend).hold?.sequence == second)
    },
    ContractCase("R9: a push accepted after the rollback ends its hold until next push") { store in
      let backend = try service("backend")
      try await store.placeHold(.make(.nextPush), on: backend)
      _ = try await store.record(try .make("later"))
      let result = try await store.conclude(
        try .make(delivery: "later", from: nil, to: "b", triggers: [try .make()]))
      #expect(result.holdsEnded == [backend])
      #expect(try await store.serviceState(backend).hold == nil)
    },
    ContractCase("R9: a push accepted before the rollback, evaluated after it, does not") { store in
      let backend = try service("backend")
      _ = try await store.record(try .make("earlier"))
      try await store.placeHold(.make(.nextPush), on: backend)
      let result = try await store.conclude(
        try .make(delivery: "earlier", from: nil, to: "b", triggers: [try .make()]))
      #expect(result.holdsEnded.isEmpty)
      #expect(try await store.serviceState(backend).hold != nil)
    },
    ContractCase("R9: no push ends a hold until released, nor another service's") { store in
      try await store.placeHold(.make(.released), on: try service("backend"))
      try await store.placeHold(.make(.nextPush), on: try service("frontend"))
      let result = try await store.conclude(
        try .make(from: nil, to: "b", triggers: [try .make("backend")]))
      #expect(result.holdsEnded.isEmpty)
      #expect(try await store.serviceState(try service("backend")).hold != nil)
      #expect(try await store.serviceState(try service("frontend")).hold != nil)
    },
    ContractCase("R9: a manual deployment under a hold is refused, unless it overrides it") {
      store in
      try await store.placeHold(.make(.released), on: try service("backend"))
      await #expect(throws: StoreError.self) {
        try await store.create(try .make(refusedByHold: true))
      }
      #expect(try await store.deployments(DeploymentQuery()).items.isEmpty)
      let forced = try await store.create(try .make(refusedByHold: true, overrideHold: true))
      #expect(forced.overrideHold)
      #expect(forced.id.description == "backend-1")
    },
    ContractCase("R9: a hold whose time has passed refuses nothing") { store in
      try await store.placeHold(.make(.time(second(60))), on: try service("backend"))
      await #expect(throws: StoreError.self) {
        try await store.create(try .make(refusedByHold: true, at: second(59)))
      }
      _ = try await store.create(try .make(refusedByHold: true, at: second(60)))
    },
    ContractCase("A deployment planned against another current is refused, hold and all") { store in
      let first = try await store.makeLive("b")
      let second = try await store.makeLive("c")
      await #expect(throws: StoreError.self) {
        try await store.create(
          try .make(
            cause: .rollback, image: try .make("b"), rollbackOf: first, hold: .make(.released),
            expectedCurrent: .deployment(first)))
      }
      #expect(try await store.serviceState(try service("backend")).hold == nil)
      _ = try await store.create(
        try .make(
          cause: .rollback, image: try .make("b"), rollbackOf: first,
          expectedCurrent: .deployment(second)))
    },
    ContractCase("R9: a newer deployment that waits for a hold ends the older one") { store in
      let older = try await store.makeHeld("b")
      let newer = try await store.makeHeld("c")
      let ended = try #require(try await store.deployment(older))
      #expect(ended.state == .superseded)
      #expect(ended.supersededBy == newer)
      let state = try await store.serviceState(try service("backend"))
      #expect(state.held == newer)
      #expect(state.inFlight.isEmpty)
    },
    ContractCase("R5, R9: finish order does not decide which deployment stays held") { store in
      let older = try await store.create(try .make(source: "b")).id
      let newer = try await store.makeHeld("c")
      try await store.publish(older, "b")
      let late = try await store.step(older, .committing, .held)
      #expect(late.state == .superseded)
      #expect(late.supersededBy == newer)
      #expect(try await store.serviceState(try service("backend")).held == newer)
    },
    ContractCase("R9: a retry is as old as the push that it goes back to") { store in
      let original = try await store.create(try .make(source: "b"))
      let newer = try await store.makeHeld("c")
      let retry = try await store.create(
        try .make(cause: .retry, source: "b", basisSequence: original.sequence)
      ).id
      try await store.publish(retry, "b")
      #expect(try await store.step(retry, .committing, .held).state == .superseded)
      #expect(try await store.deployment(newer)?.state == .held)
    },
    ContractCase("R9: another service's held deployment is left alone") { store in
      let other = try await store.makeHeld("b", of: "frontend")
      _ = try await store.makeHeld("c", of: "backend")
      #expect(try await store.deployment(other)?.state == .held)
    },
  ]
}
