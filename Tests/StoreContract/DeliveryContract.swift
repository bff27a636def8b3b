import DeployModel
import Testing

extension ContractCase {
  static let deliveries: [ContractCase] = [
    ContractCase("R1: a stored delivery is read back as it was received") { store in
      let delivery = try Delivery.make("g1", after: "c", at: second(7))
      guard case .stored(let sequence) = try await store.record(delivery) else {
        Issue.record("a new delivery was taken for a known one")
        return
      }
      var expected = delivery
      expected.sequence = sequence
      #expect(sequence > 0)
      #expect(try await store.delivery(try guid("g1")) == expected)
      #expect(try await store.delivery(try guid("g2")) == nil)
    },
    ContractCase("R1: an ignored delivery without a repository is stored too") { store in
      var delivery = try Delivery.make("g1", outcome: .ignored)
      delivery.repository = nil
      delivery.ref = ""
      delivery.before = ""
      delivery.after = ""
      _ = try await store.record(delivery)
      let stored = try #require(try await store.delivery(try guid("g1")))
      #expect(stored.repository == nil)
      #expect(stored.outcome == .ignored)
    },
    ContractCase("R1: what cannot be evaluated is refused as pending") { store in
      var delivery = try Delivery.make("g1")
      delivery.ref = "refs/tags/v1"
      await #expect(throws: StoreError.self) { try await store.record(delivery) }
      #expect(try await store.delivery(try guid("g1")) == nil)
    },
    ContractCase("R2: a known GUID answers with what is stored, and changes nothing") { store in
      _ = try await store.record(try .make("g1", after: "b"))
      let receipt = try await store.record(try .make("g1", outcome: .ignored, after: "c"))
      guard case .duplicate(let known) = receipt else {
        Issue.record("a known delivery was stored again")
        return
      }
      #expect(known.after == String(repeating: "b", count: 40))
      #expect(known.outcome == .pending)
      #expect(try await store.deliveries(before: nil, limit: 10).items.count == 1)
    },
    ContractCase("R2: a GUID that carries the time is known again, and no other is taken for it") {
      store in
      // GitHub's example, its own parts in another order, and in capitals.
      let guids = [
        "72d3162e-cc78-11e3-81ab-4c9367dc0958", "11e3-cc78-72d3162e-81ab-4c9367dc0958",
        "72D3162E-CC78-11E3-81AB-4C9367DC0958",
      ]
      for (text, after) in zip(guids, ["b", "c", "d"] as [Character]) {
        guard case .stored = try await store.record(try .make(text, after: after)) else {
          Issue.record("\(text) was taken for another")
          return
        }
      }
      for (text, after) in zip(guids, ["b", "c", "d"] as [Character]) {
        let known = try #require(try await store.delivery(try guid(text)))
        #expect(known.guid.text == text)
        #expect(known.after == String(repeating: after, count: 40))
        guard case .duplicate = try await store.record(try .make(text)) else {
          Issue.record("\(text) was stored twice")
          return
        }
      }
      let listed = try await store.deliveries(before: nil, limit: 10).items.map(\.guid.text)
      #expect(listed == guids.reversed())
      let target = try RepositoryBranch.make()
      let pending = try await store.pendingPushes(
        repository: target.repository, branch: target.branch, limit: 10)
      #expect(pending.map(\.delivery.text) == guids)
    },
    ContractCase("R2: of one GUID delivered many times at once, one is stored") { store in
      let stored = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<20 {
          group.addTask {
            if case .stored = try await store.record(try .make("same")) { true } else { false }
          }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(stored == 1)
    },
    ContractCase("R1: pushes wait per branch, in order of arrival") { store in
      _ = try await store.record(try .make("g1", before: "a", after: "b"))
      _ = try await store.record(try .make("other", branch: "next"))
      _ = try await store.record(try .make("done", outcome: .ignored))
      _ = try await store.record(try .make("g2", before: "b", after: "c"))
      let main = try RepositoryBranch.make()
      let waiting = try await store.pendingPushes(
        repository: main.repository, branch: main.branch, limit: 10)
      #expect(waiting.map(\.delivery.text) == ["g1", "g2"])
      #expect(waiting[1].event.before == (try commit("b")))
      #expect(waiting[1].event.after == (try commit("c")))
      #expect(waiting[0].sequence < waiting[1].sequence)
      let one = try await store.pendingPushes(
        repository: main.repository, branch: main.branch, limit: 1)
      #expect(one.map(\.delivery.text) == ["g1"])
      let branches = try await store.branchesWithPendingPushes()
      #expect(Set(branches) == [main, try RepositoryBranch.make("mirai", "next")])
    },
    ContractCase("R1: a fetch that fails is counted, shown, and leaves the push waiting") { store in
      _ = try await store.record(try .make("g1"))
      try await store.noteFailedAttempt(try guid("g1"), reason: "no route to host")
      try await store.noteFailedAttempt(try guid("g1"), reason: "timed out")
      let delivery = try #require(try await store.delivery(try guid("g1")))
      #expect(delivery.attempts == 2)
      #expect(delivery.reason == "timed out")
      #expect(delivery.outcome == .pending)
      let main = try RepositoryBranch.make()
      let waiting = try await store.pendingPushes(
        repository: main.repository, branch: main.branch, limit: 10)
      #expect(waiting.map(\.attempts) == [2])
    },
    ContractCase("A reopened delivery goes to the end of the line, with its new meaning") { store in
      _ = try await store.record(try .make("g1", outcome: .ignored))
      _ = try await store.record(try .make("g2"))
      try await store.reopen(try .make("g1", after: "d"), byItself: true)
      let main = try RepositoryBranch.make()
      let waiting = try await store.pendingPushes(
        repository: main.repository, branch: main.branch, limit: 10)
      #expect(waiting.map(\.delivery.text) == ["g2", "g1"])
      #expect(waiting[1].event.after == (try commit("d")))
      #expect(waiting.map(\.isByItself) == [false, true])
      await #expect(throws: StoreError.self) {
        try await store.reopen(try .make("g1"), byItself: false)
      }
      await #expect(throws: StoreError.self) {
        try await store.reopen(try .make("unknown"), byItself: false)
      }
    },
    ContractCase("Deliveries are paged, newest first, without gaps or repeats") { store in
      for number in 1...5 { _ = try await store.record(try .make("g\(number)")) }
      let first = try await store.deliveries(before: nil, limit: 2)
      #expect(first.items.map(\.guid.text) == ["g5", "g4"])
      let second = try await store.deliveries(before: first.nextCursor, limit: 2)
      #expect(second.items.map(\.guid.text) == ["g3", "g2"])
      let third = try await store.deliveries(before: second.nextCursor, limit: 2)
      #expect(third.items.map(\.guid.text) == ["g1"])
      #expect(third.nextCursor == nil)
    },
    ContractCase("R12: pruning keeps the newest, and whatever is pending") { store in
      _ = try await store.record(try .make("waiting"))
      for number in 1...6 {
        _ = try await store.record(try .make("g\(number)", outcome: .ignored, at: second(100)))
      }
      #expect(try await store.pruneDeliveries(keeping: 4, receivedBefore: second(0)) == 3)
      let left = try await store.deliveries(before: nil, limit: 10)
      #expect(left.items.map(\.guid.text) == ["g6", "g5", "g4", "waiting"])
      #expect(try await store.pruneDeliveries(keeping: 4, receivedBefore: second(0)) == 0)
    },
    ContractCase("R12: pruning by age takes what was received before the time") { store in
      for number in 1...1200 {
        let at = second(number <= 1100 ? 10 : 20)
        _ = try await store.record(try .make("g\(number)", outcome: .ignored, at: at))
      }
      #expect(try await store.pruneDeliveries(keeping: 5000, receivedBefore: second(15)) == 1100)
      #expect(try await store.pruneDeliveries(keeping: 30, receivedBefore: second(15)) == 70)
      #expect(try await store.deliveries(before: nil, limit: 200).items.count == 30)
    },
  ]
}
