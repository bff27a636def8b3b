import DeployModel
import Testing

extension ContractCase {
  static let evaluations: [ContractCase] = [
    ContractCase("R3: the cursor is nil before first contact, and moves with the evaluation") {
      store in
      let main = try RepositoryBranch.make()
      #expect(try await store.cursor(repository: main.repository, branch: main.branch) == nil)
      _ = try await store.conclude(try .make(from: nil, to: "b"))
      #expect(
        try await store.cursor(repository: main.repository, branch: main.branch)
          == (try commit("b")))
      _ = try await store.conclude(try .make(from: "b", to: nil))
      #expect(
        try await store.cursor(repository: main.repository, branch: main.branch)
          == (try commit("b")))
    },
    ContractCase("R2: the same move cannot be evaluated twice") { store in
      _ = try await store.conclude(try .make(from: nil, to: "a"))
      let move = try Evaluation.make(from: "a", to: "b", triggers: [try .make()])
      _ = try await store.conclude(move)
      await #expect(throws: StoreError.self) { try await store.conclude(move) }
      let made = try await store.deployments(DeploymentQuery())
      #expect(made.items.count == 1)
    },
    ContractCase("R2: of two that evaluate one move at once, one wins") { store in
      _ = try await store.conclude(try .make(from: nil, to: "a"))
      let won = await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<2 {
          group.addTask {
            do {
              _ = try await store.conclude(
                try .make(from: "a", to: "b", triggers: [try .make()]))
              return true
            } catch { return false }
          }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(won == 1)
      #expect(try await store.deployments(DeploymentQuery()).items.count == 1)
    },
    ContractCase("R2: after A→B and B→A, a new A→B is a new push") { store in
      _ = try await store.conclude(try .make(from: nil, to: "a"))
      for (from, to) in [("a", "b"), ("b", "a"), ("a", "b")] as [(Character, Character)] {
        _ = try await store.conclude(
          try .make(from: from, to: to, triggers: [try .make(source: to)]))
      }
      #expect(try await store.deployments(DeploymentQuery()).items.count == 3)
    },
    ContractCase("R3: an evaluation ends its delivery, and keeps what it reached and why") {
      store in
      _ = try await store.record(try .make("g1"))
      let matches = [
        ServiceMatch(
          service: try service("backend"), triggered: true, file: "backend/main.go",
          pattern: "backend/**", reason: "matched"),
        ServiceMatch(
          service: try service("frontend"), triggered: false, file: nil, pattern: nil,
          reason: "no changed file matches"),
      ]
      let result = try await store.conclude(
        try .make(
          delivery: "g1", from: nil, to: "b", matches: matches,
          triggers: [try .make(delivery: "g1")]))
      let delivery = try #require(try await store.delivery(try guid("g1")))
      #expect(delivery.outcome == .deployed)
      #expect(delivery.reason == "evaluated")
      #expect(delivery.matches == matches)
      #expect(delivery.deployments == result.created.map(\.id))
      #expect(try await store.branchesWithPendingPushes().isEmpty)
      let page = try await store.deliveries(before: nil, limit: 10)
      #expect(page.items == [delivery])
    },
    ContractCase("R2: a delivery ends once; nothing of a second evaluation stays") { store in
      _ = try await store.record(try .make("g1"))
      _ = try await store.conclude(try .make(delivery: "g1", from: nil, to: "b"))
      await #expect(throws: StoreError.self) {
        try await store.conclude(
          try .make(delivery: "g1", from: "b", to: "c", triggers: [try .make()]))
      }
      let main = try RepositoryBranch.make()
      #expect(
        try await store.cursor(repository: main.repository, branch: main.branch)
          == (try commit("b")))
      #expect(try await store.deployments(DeploymentQuery()).items.isEmpty)
    },
    ContractCase("A deployment is numbered per service, sequenced over all, and read back whole") {
      store in
      guard case .stored(let arrival) = try await store.record(try .make("g1")) else {
        Issue.record("not stored")
        return
      }
      let result = try await store.conclude(
        try .make(
          delivery: "g1", from: nil, to: "b",
          triggers: [
            try .make("backend", delivery: "g1"), try .make("frontend", delivery: "g1"),
          ], at: second(3)))
      #expect(result.created.map(\.id.description) == ["backend-1", "frontend-1"])
      let made = try #require(result.created.first)
      #expect(made.sequence > arrival)
      #expect(made.sequence < result.created[1].sequence)
      #expect(made.basisSequence == arrival)
      #expect(made.state == .queued)
      #expect(made.cause == .push)
      #expect(made.source == (try Source.make("b")))
      #expect(made.createdAt == second(3))
      #expect(made.finishedAt == nil)
      #expect(
        made.trigger
          == DeploymentTrigger(
            delivery: try guid("g1"), file: "backend/main.go", pattern: "backend/**"))
      #expect(try await store.deployment(made.id) == made)
      #expect(
        try await store.timeline(made.id) == [
          Transition(state: .queued, at: second(3), reason: "pushed")
        ])
      let next = try await store.create(try .make("backend"))
      #expect(next.id.description == "backend-2")
    },
    ContractCase("R10: a newer push drops its service's queued deployment, and no other") { store in
      let first = try await store.conclude(
        try .make(from: nil, to: "b", triggers: [try .make("backend"), try .make("frontend")]))
      let manual = try await store.create(try .make("backend")).id
      let second = try await store.conclude(
        try .make(from: "b", to: "c", triggers: [try .make("backend", source: "c")]))
      let old = first.created[0].id
      let new = second.created[0].id
      #expect(second.superseded == [old])
      let dropped = try #require(try await store.deployment(old))
      #expect(dropped.state == .superseded)
      #expect(dropped.supersededBy == new)
      #expect(dropped.finishedAt == StoreContract.second(1))
      #expect(try await store.timeline(old).map(\.state) == [.queued, .superseded])
      #expect(try await store.deployment(first.created[1].id)?.state == .queued)
      #expect(try await store.deployment(manual)?.state == .queued)
      #expect(try await store.deployment(new)?.state == .queued)
    },
    ContractCase("R10: a running build is left alone by a newer push") { store in
      let first = try await store.conclude(
        try .make(from: nil, to: "b", triggers: [try .make()]))
      let running = first.created[0].id
      _ = try await store.step(running, .queued, .building)
      let second = try await store.conclude(
        try .make(from: "b", to: "c", triggers: [try .make(source: "c")]))
      #expect(second.superseded.isEmpty)
      #expect(try await store.deployment(running)?.state == .building)
    },
    ContractCase("R3, R10: a catch-up and its push leave one deployment of a service") { store in
      _ = try await store.record(try .make("g1"))
      let result = try await store.conclude(
        try .make(
          delivery: "g1", from: nil, to: "c",
          triggers: [
            try .make(cause: .catchUp, source: "b"), try .make(source: "c", delivery: "g1"),
          ]))
      #expect(result.created.map(\.state) == [.superseded, .queued])
      #expect(result.superseded == [result.created[0].id])
      #expect(result.created[0].supersededBy == result.created[1].id)
    },
  ]
}
