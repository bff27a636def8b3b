import DeployModel
import Foundation
import Testing

extension ContractCase {
  static let leases: [ContractCase] = [
    ContractCase("Claims go to the oldest, and each to one owner") { store in
      let first = try await store.create(try .make("backend")).id
      let second = try await store.create(try .make("frontend")).id
      #expect(try await claim(store, "one")?.id == first)
      #expect(try await claim(store, "two")?.id == second)
      #expect(try await claim(store, "three") == nil)
    },
    ContractCase("Of many that claim at once, each gets another") { store in
      for number in 1...10 { _ = try await store.create(try .make("s\(number)")) }
      let claimed = try await withThrowingTaskGroup(of: DeploymentID?.self) { group in
        for worker in 1...20 {
          group.addTask { try await claim(store, "worker-\(worker)")?.id }
        }
        return try await group.reduce(into: [DeploymentID]()) { if let id = $1 { $0.append(id) } }
      }
      #expect(claimed.count == 10)
      #expect(Set(claimed).count == 10)
    },
    ContractCase("A claim takes only the states asked for, and no excluded service") { store in
      let building = try await store.create(try .make("backend")).id
      _ = try await store.step(building, .queued, .building)
      let excluded = try await store.create(try .make("frontend")).id
      let free = try await store.create(try .make("worker")).id
      let claimed = try await store.claim(
        states: [.queued], excluding: [excluded.service], makers: [:], owner: "one",
        until: second(100),
        now: second(0))
      #expect(claimed?.id == free)
      #expect(
        try await store.claim(
          states: [.building, .syncing], excluding: [], makers: [:], owner: "one",
          until: second(100),
          now: second(0))?.id == building)
      #expect(
        try await store.claim(
          states: [], excluding: [], makers: [:], owner: "one", until: second(100), now: second(0))
          == nil)
    },
    ContractCase("R8: of services that share an image one at a time makes it, whoever asks") {
      store in
      let first = try await store.create(try .make("web")).id
      let mate = try await store.create(try .make("worker")).id
      let other = try await store.create(try .make("worker", source: "c")).id
      let pair: Set = [first.service, mate.service]
      let makers = [first.service: pair, mate.service: pair]
      #expect(try await claim(store, "one", until: 30, makers: makers)?.id == first)
      #expect(try await claim(store, "two", until: 30, makers: makers)?.id == other)
      _ = try await store.step(first, .queued, .building)
      _ = try await store.step(first, .building, .publishing)
      #expect(try await claim(store, "two", until: 30, makers: makers)?.id == nil)
      // It is made: who commits it keeps nobody waiting. So does nobody who has died.
      _ = try await store.step(first, .publishing, .committing)
      #expect(try await claim(store, "two", until: 30, makers: makers)?.id == mate)
      let next = try await store.create(try .make("web")).id
      #expect(try await claim(store, "three", until: 30, makers: makers)?.id == nil)
      #expect(try await claim(store, "three", until: 60, now: 31, makers: makers)?.id == mate)
      try await store.release(mate, owner: "three")
      #expect(try await claim(store, "three", until: 60, now: 31, makers: makers)?.id == mate)
      for ended in [mate, other] { _ = try await store.step(ended, .queued, .cancelled) }
      #expect(try await claim(store, "three", until: 60, now: 31, makers: makers)?.id == next)
    },
    ContractCase("R1: a lease that ran out is taken over; its old owner can do nothing more") {
      store in
      let id = try await store.create(try .make()).id
      #expect(try await claim(store, "dead", until: 30, now: 0)?.id == id)
      #expect(try await claim(store, "heir", until: 60, now: 29) == nil)
      #expect(try await claim(store, "heir", until: 60, now: 30)?.id == id)
      await #expect(throws: StoreError.self) { try await build(store, id, as: "dead") }
      #expect(try await build(store, id, as: "heir").state == .building)
      #expect(try await store.renew([id], owner: "dead", until: second(90)).isEmpty)
    },
    ContractCase("A renewed lease holds; only the owner's are renewed") { store in
      let mine = try await store.create(try .make("backend")).id
      let theirs = try await store.create(try .make("frontend")).id
      _ = try await claim(store, "one", until: 30)
      _ = try await claim(store, "two", until: 30)
      #expect(try await store.renew([mine, theirs], owner: "one", until: second(90)) == [mine])
      #expect(try await claim(store, "three", until: 99, now: 60)?.id == theirs)
    },
    ContractCase("A released lease is free at once; nobody releases another's") { store in
      let id = try await store.create(try .make()).id
      _ = try await claim(store, "one")
      try await store.release(id, owner: "two")
      #expect(try await claim(store, "two") == nil)
      try await store.release(id, owner: "one")
      #expect(try await claim(store, "two")?.id == id)
    },
    ContractCase("R1: all leases of a dead process end together, and no others") { store in
      let first = try await store.create(try .make("backend")).id
      _ = try await store.create(try .make("frontend"))
      _ = try await claim(store, "host-a/1/builder")
      _ = try await claim(store, "host-b/1/builder")
      try await store.releaseAll(ownedBy: "host-a/")
      #expect(try await claim(store, "host-a/2/builder")?.id == first)
      #expect(try await claim(store, "host-a/2/builder") == nil)
    },
    ContractCase("A lease ends with the step that says so, and with every end") { store in
      let id = try await store.create(try .make()).id
      _ = try await claim(store, "one")
      _ = try await store.advance(
        id,
        DeploymentChange(
          from: [.queued], to: .building, at: second(1), reason: "", owner: "one",
          releasesLease: true))
      #expect(
        try await store.claim(
          states: [.building], excluding: [], makers: [:], owner: "two", until: second(100),
          now: second(0))?
          .id == id)
      _ = try await store.step(id, .building, .cancelled)
      #expect(try await store.renew([id], owner: "two", until: second(200)).isEmpty)
    },
    ContractCase("R1: the store tells the time") { store in
      let before = Date.now
      let told = try await store.time()
      let after = Date.now
      #expect(told.milliseconds >= Int64(before.timeIntervalSince1970 * 1000) - 1000)
      #expect(told.milliseconds <= Int64(after.timeIntervalSince1970 * 1000) + 1000)
    },
    ContractCase("R5: a lease ends with the landing, in the same write") { store in
      let id = try await store.create(try .make()).id
      try await store.publish(id, "b")
      func claim(_ state: DeploymentState, _ owner: String) async throws -> Deployment? {
        try await store.claim(
          states: [state], excluding: [], makers: [:], owner: owner, until: second(100),
          now: second(0))
      }
      #expect(try await claim(.committing, "one")?.id == id)
      try await store.land(id, "c", live: false)
      #expect(try await claim(.syncing, "two")?.id == id)
    },
    ContractCase("A lease survives a step that does not end it") { store in
      let id = try await store.create(try .make()).id
      _ = try await claim(store, "one")
      _ = try await build(store, id, as: "one")
      #expect(try await store.renew([id], owner: "one", until: second(200)) == [id])
    },
  ]

  private static func claim(
    _ store: any DeploymentStore, _ owner: String, until: Int64 = 100, now: Int64 = 0,
    makers: [ServiceName: Set<ServiceName>] = [:]
  ) async throws -> Deployment? {
    try await store.claim(
      states: [.queued], excluding: [], makers: makers, owner: owner, until: second(until),
      now: second(now))
  }

  private static func build(
    _ store: any DeploymentStore, _ id: DeploymentID, as owner: String
  ) async throws -> Deployment {
    try await store.advance(
      id,
      DeploymentChange(
        from: [.queued], to: .building, at: second(1), reason: "claimed", owner: owner))
  }
}
