import DeployModel
import Testing

/// Who is owed which step, and what became of it.
extension ContractCase {
  static let notifications: [ContractCase] = [
    ContractCase("R1: a step is owed to every target that wants it, with the step itself") {
      store in
      store.notify([
        try .make("ops", states: [.building, .failed]), try .make("all", states: Self.every),
        try .make("other", services: ["frontend"], states: Self.every),
      ])
      let id = try await store.create(try .make()).id
      _ = try await store.step(id, .queued, .building, at: second(3))
      let ops = try #require(try await store.nextNotification(to: try target("ops"), of: id))
      #expect(ops.step.state == .building)
      #expect(ops.step.reason == "went on")
      #expect(ops.step.at == second(3))
      #expect(ops.before == .queued)
      #expect(ops.position == 2)
      #expect(ops.status == .pending)
      #expect(ops.attempts == 0)
      #expect(ops.owedSince == second(3))
      #expect(ops.dueAt == second(3))
      #expect(ops.event == "backend-1.2.\(second(3).milliseconds)")
      let all = try #require(try await store.nextNotification(to: try target("all"), of: id))
      #expect(all.step.state == .queued)
      #expect(all.before == nil)
      #expect(try await store.nextNotification(to: try target("other"), of: id) == nil)
      #expect(try await store.owed(to: try target("other"), limit: 10) == [])
      #expect(
        try await store.pendingNotifications() == [try target("ops"): 1, try target("all"): 2])
    },
    ContractCase("R1: a step that is not stored is owed to nobody; a note is no step") { store in
      store.notify([try .make("all", states: Self.every)])
      let id = try await store.create(try .make()).id
      await #expect(throws: StoreError.self) {
        _ = try await store.step(id, .building, .publishing)
      }
      try await store.note(id, "warning: odd", details: nil, at: second(1))
      #expect(try await store.notifications(NotificationQuery()).items.count == 1)
      _ = try await store.step(id, .queued, .building)
      let last = try await store.notifications(NotificationQuery()).items[0]
      #expect(last.before == .queued)
      #expect(last.position == 3)
    },
    ContractCase("Whoever is named later is owed what comes later") { store in
      let id = try await store.create(try .make()).id
      store.notify([try .make("all", states: Self.every)])
      _ = try await store.step(id, .queued, .building)
      store.notify([])
      _ = try await store.step(id, .building, .publishing)
      let owed = try await store.notifications(NotificationQuery()).items
      #expect(owed.map(\.step.state) == [.building])
    },
    ContractCase("R14: what others changed in git is owed as well") { store in
      store.notify([try .make("ops")])
      let first = try await store.makeLive("a")
      let state = try await store.serviceState(try service("backend"))
      let external = try await store.record(
        ExternalChange.make(replacing: state.current, entry: "hotfix", commit: "e"))
      #expect(external != nil)
      let owed = try await store.notifications(NotificationQuery()).items
      #expect(owed.map(\.deployment) == [try #require(external).id, first])
      #expect(owed.map(\.step.state) == [.committed, .live])
    },
    ContractCase("Of a deployment the next comes when the one before is over") { store in
      store.notify([try .make("all", states: Self.every)])
      let id = try await store.create(try .make()).id
      _ = try await store.step(id, .queued, .building)
      let all = try target("all")
      let first = try #require(try await store.nextNotification(to: all, of: id))
      try await store.settle(
        first.id, .again(at: second(60), because: "the receiver answered 500"), at: second(1))
      let again = try #require(try await store.nextNotification(to: all, of: id))
      #expect(again.id == first.id)
      #expect(again.attempts == 1)
      #expect(again.dueAt == second(60))
      #expect(again.lastError == "the receiver answered 500")
      try await store.settle(first.id, .delivered, at: second(61))
      let done = try #require(try await store.notification(first.id))
      #expect(done.status == .delivered)
      #expect(done.attempts == 2)
      #expect(done.endedAt == second(61))
      #expect(done.dueAt == nil)
      #expect(done.lastError == nil)
      #expect(try await store.nextNotification(to: all, of: id)?.step.state == .building)
      await #expect(throws: StoreError.self) {
        try await store.settle(first.id, .delivered, at: second(62))
      }
    },
    ContractCase("What is owed is listed by when it is due, each deployment once") { store in
      store.notify([try .make("all", states: Self.every)])
      let all = try target("all")
      let first = try await store.create(try .make("backend", at: second(0))).id
      let second = try await store.create(try .make("frontend", at: StoreContract.second(1))).id
      _ = try await store.step(first, .queued, .building, at: StoreContract.second(2))
      #expect(try await store.owed(to: all, limit: 10) == [first, second])
      let oldest = try #require(try await store.nextNotification(to: all, of: first))
      try await store.settle(
        oldest.id, .again(at: StoreContract.second(90), because: "down"),
        at: StoreContract.second(3))
      #expect(try await store.owed(to: all, limit: 10) == [second, first])
      #expect(try await store.owed(to: all, limit: 1) == [second])
    },
    ContractCase("What was given up is sent again when somebody asks, once") { store in
      store.notify([try .make("all", states: Self.every)])
      let id = try await store.create(try .make()).id
      let owed = try #require(try await store.nextNotification(to: try target("all"), of: id))
      await #expect(throws: StoreError.self) {
        _ = try await store.reopen(owed.id, at: second(1))
      }
      try await store.settle(owed.id, .dead(because: "the receiver answered 410"), at: second(2))
      #expect(try await store.nextNotification(to: try target("all"), of: id) == nil)
      #expect(try await store.pendingNotifications() == [:])
      let again = try await store.reopen(owed.id, at: second(9))
      #expect(again.status == .pending)
      #expect(again.attempts == 0)
      #expect(again.owedSince == second(9))
      #expect(again.dueAt == second(9))
      #expect(again.lastError == "the receiver answered 410")
      #expect(again.event == owed.event)
      await #expect(throws: StoreError.self) {
        _ = try await store.reopen(owed.id, at: second(10))
      }
      let unknown = NotificationID(sequence: 4711)
      #expect(try await store.notification(unknown) == nil)
      await #expect(throws: StoreError.self) {
        _ = try await store.reopen(unknown, at: second(10))
      }
    },
    ContractCase("Notifications come in pages, newest first, by what became of them") { store in
      store.notify([try .make("all", states: Self.every)])
      var ids: [NotificationID] = []
      for number in 1...5 {
        let id = try await store.create(try .make("s\(number)")).id
        ids.append(
          try #require(try await store.nextNotification(to: try target("all"), of: id)).id)
      }
      try await store.settle(ids[1], .dead(because: "gone"), at: second(1))
      try await store.settle(ids[2], .delivered, at: second(1))
      try await store.settle(ids[3], .dead(because: "gone"), at: second(1))
      func list(
        _ statuses: DeploymentNotification.Status..., before: Int64? = nil, limit: Int = 50
      ) async throws -> Page<DeploymentNotification> {
        try await store.notifications(
          NotificationQuery(statuses: statuses, before: before, limit: limit))
      }
      #expect(try await list().items.map(\.id) == ids.reversed())
      #expect(try await list(.dead).items.map(\.id) == [ids[3], ids[1]])
      #expect(try await list(.dead, .delivered).items.map(\.id) == [ids[3], ids[2], ids[1]])
      let page = try await list(limit: 2)
      #expect(page.items.map(\.id) == [ids[4], ids[3]])
      let next = try #require(page.nextCursor)
      #expect(try await list(before: next, limit: 2).items.map(\.id) == [ids[2], ids[1]])
      #expect(try await list(before: ids[1].sequence, limit: 2).nextCursor == nil)
    },
    ContractCase("R12: what is over is kept for so long and so many; what is pending stays") {
      store in
      store.notify([try .make("all", states: Self.every)])
      var ids: [NotificationID] = []
      for number in 1...6 {
        let id = try await store.create(try .make("s\(number)")).id
        ids.append(
          try #require(try await store.nextNotification(to: try target("all"), of: id)).id)
      }
      for (index, id) in ids.dropFirst().enumerated() {
        try await store.settle(id, .delivered, at: second(Int64(index)))
      }
      func left() async throws -> [NotificationID] {
        try await store.notifications(NotificationQuery()).items.map(\.id).reversed()
      }
      try await store.pruneNotifications(keeping: 10, endedBefore: second(1))
      #expect(try await left() == [ids[0], ids[2], ids[3], ids[4], ids[5]])
      try await store.pruneNotifications(keeping: 2, endedBefore: second(1))
      #expect(try await left() == [ids[0], ids[4], ids[5]])
    },
    ContractCase("R12: what nobody could be sent for long is given up, with the reason") { store in
      store.notify(try ["all", "other"].map { try .make($0, states: Self.every) })
      let old = try await store.create(try .make("backend", at: second(0))).id
      let new = try await store.create(try .make("frontend", at: second(50))).id
      let all = try target("all")
      try await store.giveUpNotifications(
        to: all, owedBefore: second(50), because: "nobody is there", at: second(60))
      #expect(try await store.nextNotification(to: try target("other"), of: old) != nil)
      #expect(try await store.nextNotification(to: all, of: old) == nil)
      #expect(try await store.nextNotification(to: all, of: new) != nil)
      let dead = try await store.notifications(NotificationQuery(statuses: [.dead])).items
      #expect(dead.map(\.deployment) == [old])
      #expect(dead.first?.lastError == "nobody is there")
      #expect(dead.first?.endedAt == second(60))
    },
  ]

  private static let every = Set(DeploymentState.allCases)
}

func target(_ name: String) throws -> TargetName { try make(name) { TargetName($0) } }

extension NotificationFilter {
  static func make(
    _ name: String, services: [String]? = nil, states: Set<DeploymentState> = Self.ends
  ) throws -> NotificationFilter {
    NotificationFilter(
      target: try StoreContract.target(name),
      services: try services.map { Set(try $0.map { try StoreContract.service($0) }) },
      states: states)
  }
}
