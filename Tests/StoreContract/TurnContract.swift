import DeployModel
import Testing

/// Of all processes that share the store, one speaks to a listener.
extension ContractCase {
  static let turns: [ContractCase] = [
    ContractCase("A turn is one owner's until it ends, and he may prolong it") { store in
      let first = try await take(store, "one", until: 60, now: 0)
      #expect(first == .mine)
      #expect(try await take(store, "two", until: 90, now: 10) == .anothers(until: second(60)))
      #expect(try await take(store, "one", until: 80, now: 30) == .mine)
      #expect(try await take(store, "two", until: 90, now: 70) == .anothers(until: second(80)))
    },
    ContractCase("R1: a dead owner's turn is another's once it has run out") { store in
      let first = try await take(store, "dead", until: 60, now: 0)
      #expect(first == .mine)
      #expect(try await take(store, "heir", until: 120, now: 59) == .anothers(until: second(60)))
      #expect(try await take(store, "heir", until: 120, now: 60) == .mine)
      #expect(try await take(store, "dead", until: 180, now: 61) == .anothers(until: second(120)))
    },
    ContractCase("A turn that is ended is free at once; nobody ends another's") { store in
      _ = try await take(store, "one", until: 60, now: 0)
      try await store.endTurn(at: "ops", owner: "two")
      #expect(try await take(store, "two", until: 60, now: 1) == .anothers(until: second(60)))
      try await store.endTurn(at: "ops", owner: "one")
      #expect(try await take(store, "two", until: 60, now: 1) == .mine)
    },
    ContractCase("Each listener has turns of its own") { store in
      let first = try await take(store, "one", until: 60, now: 0)
      #expect(first == .mine)
      #expect(try await take(store, "two", at: "chat", until: 60, now: 0) == .mine)
    },
    ContractCase("Of many that take a turn at once, one has it") { store in
      let turns = try await withThrowingTaskGroup(of: Turn.self) { group in
        for worker in 1...20 {
          group.addTask { try await take(store, "worker-\(worker)", until: 60, now: 0) }
        }
        return try await group.reduce(into: [Turn]()) { $0.append($1) }
      }
      #expect(turns.filter { $0 == .mine }.count == 1)
    },
    ContractCase("R1: the turns of a dead process end with its leases, and no others") { store in
      _ = try await take(store, "host-a/1", until: 60, now: 0)
      _ = try await take(store, "host-b/1", at: "chat", until: 60, now: 0)
      try await store.releaseAll(ownedBy: "host-a/")
      #expect(try await take(store, "host-a/2", until: 60, now: 1) == .mine)
      #expect(
        try await take(store, "host-a/2", at: "chat", until: 60, now: 1)
          == .anothers(until: second(60)))
    },
    ContractCase("R12: what ran out long ago is forgotten") { store in
      _ = try await take(store, "dead", until: 60, now: 0)
      try await store.pruneTurns(endedBefore: second(60))
      #expect(try await take(store, "heir", until: 90, now: 59) == .anothers(until: second(60)))
      try await store.pruneTurns(endedBefore: second(61))
      #expect(try await take(store, "heir", until: 90, now: 59) == .mine)
    },
  ]

  private static func take(
    _ store: Store, _ owner: String, at listener: String = "ops", until: Int64, now: Int64
  ) async throws -> Turn {
    try await store.takeTurn(
      at: listener, owner: owner, until: second(until), now: second(now))
  }
}
