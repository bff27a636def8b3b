import DeployModel
import Testing

extension ContractCase {
  /// R14: what git says, where that is not what was landed.
  static let externals: [ContractCase] = [
    ContractCase("R14: first contact adopts what is there, once") { store in
      let backend = try service("backend")
      let image = CurrentImage(
        deployment: nil, tag: "v1.2", digest: nil, sourceCommit: nil, manifestCommit: nil,
        since: second(1))
      try await store.adopt(image, entryName: "ghcr.io/acme/shop", for: backend)
      let adopted = try await store.serviceState(backend)
      #expect(adopted.current == image)
      #expect(adopted.current?.adopted == true)
      #expect(adopted.entryName == "ghcr.io/acme/shop")
      let id = try await store.makeLive("b")
      try await store.adopt(image, entryName: "another", for: backend)
      let later = try await store.serviceState(backend)
      #expect(later.current?.deployment == id)
      #expect(later.entryName == "ghcr.io/acme/shop")
    },
    ContractCase("R14: where nothing was at first contact, what comes later is not adopted") {
      store in
      let backend = try service("backend")
      try await store.adopt(nil, entryName: "", for: backend)
      #expect(try await store.serviceState(backend).entryName == "")
      #expect(try await store.serviceState(backend).current == nil)
      let image = CurrentImage(
        deployment: nil, tag: "v1.2", digest: nil, sourceCommit: nil, manifestCommit: nil,
        since: second(1))
      try await store.adopt(image, entryName: "ghcr.io/acme/shop", for: backend)
      #expect(try await store.serviceState(backend).current == nil)
      #expect(try await store.serviceState(backend).entryName == "ghcr.io/acme/shop")
    },
    ContractCase("R14: somebody else's change is a deployment that has landed") { store in
      let old = try await store.makeLive("b")
      let replaced = try #require(try await store.serviceState(try service("backend")).current)
      let made = try #require(
        try await store.record(
          try .make(replacing: replaced, image: try .make("c"), entry: "ccccccc", commit: "e")))
      #expect(made.id.description == "backend-2")
      #expect(made.state == .committed)
      #expect(made.cause == .external)
      #expect(made.actor == "Ben")
      #expect(made.reason == "Ben set it")
      #expect(made.source == (try Source.make("c")))
      #expect(made.image == (try PublishedImage.make("c")))
      #expect(made.manifestCommit == (try commit("e")))
      #expect(made.finishedAt == second(30))
      #expect(
        try await store.timeline(made.id) == [
          Transition(state: .committed, at: second(30), reason: "Ben set it")
        ])
      let state = try await store.serviceState(made.id.service)
      #expect(
        state.current
          == CurrentImage(
            deployment: made.id, tag: "ccccccc", digest: try digest("c"),
            sourceCommit: try commit("c"), manifestCommit: try commit("e"), since: second(30)))
      #expect(state.inFlight.isEmpty)
      #expect(state.hold == nil)
      #expect(try await store.landed(made.id.service, limit: 9).map(\.id) == [made.id, old])
      #expect(try await store.landed(made.id.service, tag: try tag("ccccccc"))?.id == made.id)
    },
    ContractCase("R14: it is recorded once, by whoever compared first") { store in
      _ = try await store.makeLive("b")
      let replaced = try #require(try await store.serviceState(try service("backend")).current)
      let change = try ExternalChange.make(replacing: replaced, entry: "hotfix", commit: "e")
      #expect(try await store.record(change) != nil)
      #expect(try await store.record(change) == nil)
      let again = try ExternalChange.make(replacing: nil, entry: "hotfix", commit: "e")
      #expect(try await store.record(again) == nil)
      #expect(try await store.deployments(DeploymentQuery()).items.count == 2)
    },
    ContractCase("R14: a change to an image that nobody knows, and the removal of any") { store in
      _ = try await store.makeLive("b")
      let backend = try service("backend")
      var replaced = try await store.serviceState(backend).current
      let unknown = try #require(
        try await store.record(
          try .make(replacing: replaced, source: nil, entry: "hotfix", commit: "e")))
      #expect(unknown.image == nil)
      #expect(unknown.source == nil)
      let current = try await store.serviceState(backend).current
      #expect(current?.tag == "hotfix")
      #expect(current?.digest == nil)
      #expect(current?.deployment == unknown.id)
      replaced = current
      let removed = try #require(
        try await store.record(
          try .make(replacing: replaced, source: nil, entry: nil, commit: "f")))
      #expect(removed.manifestCommit == (try commit("f")))
      let state = try await store.serviceState(backend)
      #expect(state.current == nil)
      #expect(state.entryName == "")
      let restored = try #require(
        try await store.record(
          try .make(replacing: nil, image: try .make("b"), entry: "bbbbbbb", commit: "9")))
      #expect(try await store.serviceState(backend).current?.deployment == restored.id)
    },
    ContractCase("R14: its hold is placed in its own place in the order, and replaces none") {
      store in
      _ = try await store.makeLive("b")
      let backend = try service("backend")
      let first = try #require(
        try await store.record(
          try .make(
            replacing: try await store.serviceState(backend).current, entry: "hotfix", commit: "e",
            hold: .make(.nextPush))))
      let placed = try #require(try await store.serviceState(backend).hold)
      #expect(placed.until == .nextPush)
      #expect(placed.sequence == first.sequence)
      try await store.placeHold(.make(.released, at: second(31)), on: backend)
      _ = try await store.record(
        try .make(
          replacing: try await store.serviceState(backend).current, entry: "other", commit: "f",
          hold: .make(.nextPush)))
      #expect(try await store.serviceState(backend).hold?.until == .released)
    },
    ContractCase("R14: it leaves the service behind, unless it brings the newest source") { store in
      let backend = try service("backend")
      let pushed = try await store.conclude(
        try .make(from: nil, to: "c", triggers: [try .make(source: "c")]))
      let id = try #require(pushed.created.first?.id)
      try await store.publish(id, "c")
      try await store.land(id, "c")
      let back = try #require(
        try await store.record(
          try .make(
            replacing: try await store.serviceState(backend).current, source: "b",
            entry: "bbbbbbb", commit: "e", at: second(40))))
      #expect(
        try await store.serviceState(backend).behind
          == Behind(
            commit: try commit("c"), since: second(40), reason: "\(back.id): Ben set it"))
      _ = try await store.record(
        try .make(
          replacing: try await store.serviceState(backend).current, source: "d", entry: "ddddddd",
          commit: "f", covers: "c"))
      #expect(try await store.serviceState(backend).behind == nil)
    },
    ContractCase("R14: it ends a rollout that was being watched") { store in
      let id = try await store.create(try .make()).id
      try await store.publish(id, "b")
      try await store.land(id, "b", live: false)
      let made = try #require(
        try await store.record(
          try .make(
            replacing: try await store.serviceState(id.service).current, entry: "hotfix",
            commit: "e")))
      #expect(try await store.deployment(id)?.state == .superseded)
      #expect(try await store.deployment(id)?.supersededBy == made.id)
    },
    ContractCase("R14: a deployment is found by a tag whether it landed or not") { store in
      let backend = try service("backend")
      let unlanded = try await store.create(try .make()).id
      try await store.publish(unlanded, "2")
      #expect(try await store.deployment(of: backend, tag: try tag("2222222"))?.id == unlanded)
      #expect(try await store.deployment(of: backend, tag: try tag("3333333")) == nil)
      #expect(
        try await store.deployment(of: try service("frontend"), tag: try tag("2222222")) == nil)
    },
    ContractCase("R9: a rollback that did not land leaves its hold, which says so") { store in
      let old = try await store.makeLive("b")
      _ = try await store.makeLive("c")
      let rollback = try await store.create(
        try .make(
          cause: .rollback, image: try .make("b"), rollbackOf: old, hold: .make(.released)))
      _ = try await store.step(
        rollback.id, .committing, .failed,
        failure: DeploymentFailure(stage: .committing, code: .pushRefused, message: "no"))
      let hold = try #require(try await store.serviceState(rollback.id.service).hold)
      #expect(hold.until == .released)
      #expect(
        hold.reason == "the new version is broken (backend-3 ended as failed and changed nothing; "
          + "the hold stays)")
      // Another hold is nobody else's.
      try await store.placeHold(.make(.released), on: rollback.id.service)
      let again = try await store.create(
        try .make(cause: .rollback, image: try .make("b"), rollbackOf: old))
      _ = try await store.step(again.id, .committing, .superseded)
      #expect(
        try await store.serviceState(rollback.id.service).hold?.reason
          == "the new version is broken")
    },
  ]
}

extension ExternalChange {
  static func make(
    replacing current: CurrentImage?, source: Character? = "c", image: PublishedImage? = nil,
    entry: String?, commit: Character, covers: Character? = nil, hold: Hold? = nil,
    at: Timestamp = second(30)
  ) throws -> ExternalChange {
    ExternalChange(
      service: try StoreContract.service("backend"), replaces: current, actor: "Ben",
      reason: "Ben set it", source: try source.map { try Source.make($0) }, image: image,
      entry: entry.map { ManifestEntry(name: "ghcr.io/acme/shop", tag: $0, digest: nil) },
      commit: try StoreContract.commit(commit),
      covers: try covers.map { try StoreContract.commit($0) }, hold: hold, at: at)
  }
}
