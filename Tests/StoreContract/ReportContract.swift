import DeployModel
import Testing

/// What has been said on GitHub, and what a restart owes.
extension ContractCase {
  static let reports: [ContractCase] = [
    ContractCase("R1: what was said of a deployment is kept as it is told") { store in
      let id = try await store.create(try .make()).id
      #expect(try await store.report(of: id) == nil)
      var report = DeploymentReport(deployment: id, status: "pending: queued", environment: .asked)
      try await store.keep(report)
      #expect(try await store.report(of: id) == report)
      report.environment = .open(7_000_000_000)
      report.environmentState = .inProgress
      report.said = DeploymentReport.Said(state: .queued, updatedAt: second(0))
      try await store.keep(report)
      #expect(try await store.report(of: id) == report)
      report.environment = .refused
      report.environmentState = nil
      report.status = nil
      try await store.keep(report)
      #expect(try await store.report(of: id) == report)
    },
    ContractCase("a report belongs to a deployment") { store in
      let unknown = DeploymentID(service: try service("backend"), number: 7)
      await #expect(throws: StoreError.self) {
        try await store.keep(DeploymentReport(deployment: unknown))
      }
    },
    ContractCase("R1: what is owed is what the record says and was not said") { store in
      let repository = try RepositoryBranch.make().repository
      func owed(since: Int64 = -1000, ended: Int64 = -1000) async throws -> [String] {
        try await store.unreported(
          of: repository, changedSince: second(since), endedSince: second(ended), limit: 10
        ).map(\.description)
      }
      let first = try await store.create(try .make())
      #expect(try await owed() == ["backend-1"])
      try await store.keep(
        DeploymentReport(deployment: first.id, said: DeploymentReport.Said(first)))
      #expect(try await owed() == [])
      // Said in part.
      try await store.keep(DeploymentReport(deployment: first.id, status: "pending: queued"))
      #expect(try await owed() == ["backend-1"])
      try await store.keep(
        DeploymentReport(deployment: first.id, said: DeploymentReport.Said(first)))
      let building = try await store.step(first.id, .queued, .building, at: second(10))
      #expect(try await owed() == ["backend-1"])
      #expect(try await owed(since: 11) == [])
      // At the same millisecond, another state.
      try await store.keep(
        DeploymentReport(deployment: first.id, said: DeploymentReport.Said(building)))
      _ = try await store.step(first.id, .building, .publishing, at: second(10))
      #expect(try await owed() == ["backend-1"])
    },
    ContractCase("what had ended before anybody was to speak of it stays unspoken of") { store in
      let repository = try RepositoryBranch.make().repository
      let old = try await store.create(try .make("frontend"))
      _ = try await store.step(old.id, .queued, .cancelled, at: second(10))
      let open = try await store.create(try .make("backend"))
      func owed(ended: Int64) async throws -> [DeploymentID] {
        try await store.unreported(
          of: repository, changedSince: second(-1000), endedSince: second(ended), limit: 10)
      }
      #expect(try await owed(ended: 11) == [open.id])
      #expect(try await owed(ended: 10) == [old.id, open.id])
      let other = try make("other") { RepositoryName($0) }
      #expect(
        try await store.unreported(
          of: other, changedSince: second(-1000), endedSince: second(-1000), limit: 10) == [])
    },
    ContractCase("R9: the rollback that went back from a deployment, once it has landed") { store in
      let first = try await store.makeLive("a")
      let second = try await store.makeLive("b")
      #expect(try await store.rollback(from: second) == nil)
      let rollback = try await store.create(
        try .make(
          cause: .rollback, source: "a", image: try .make("a"), rollbackOf: first,
          rolledBackFrom: second))
      #expect(try await store.rollback(from: second) == nil)
      try await store.land(rollback.id, "c")
      #expect(try await store.rollback(from: second)?.id == rollback.id)
      #expect(try await store.rollback(from: first) == nil)
    },
    ContractCase("R1: what an evaluation leaves to be said waits until it was said") { store in
      let notices = [
        CommitNotice(
          service: try service("backend"), repository: try RepositoryBranch.make().repository,
          commit: try commit("b"), description: "not affected"),
        CommitNotice(
          service: try service("frontend"), repository: try RepositoryBranch.make().repository,
          commit: try commit("b"), description: "skipped: bbbbbbb says [skip ci]"),
      ]
      var evaluation = try Evaluation.make(from: nil, to: "b", outcome: .noneMatched)
      evaluation.notices = notices
      _ = try await store.conclude(evaluation)
      let stored = try await store.notices(after: 0, limit: 10)
      #expect(stored.map(\.notice) == notices)
      #expect(try await store.notices(after: 0, limit: 1).map(\.notice) == [notices[0]])
      #expect(
        try await store.notices(after: stored[0].sequence, limit: 10).map(\.notice) == [notices[1]])
      try await store.endNotice(stored[0].sequence)
      #expect(try await store.notices(after: 0, limit: 10).map(\.notice) == [notices[1]])
      try await store.pruneNotices(before: second(1))
      #expect(try await store.notices(after: 0, limit: 10).count == 1)
    },
    ContractCase("what was to be said long ago is given up") { store in
      var evaluation = try Evaluation.make(from: nil, to: "b", outcome: .noneMatched)
      evaluation.notices = [
        CommitNotice(
          service: try service("backend"), repository: try RepositoryBranch.make().repository,
          commit: try commit("b"), description: "not affected")
      ]
      _ = try await store.conclude(evaluation)
      try await store.pruneNotices(before: second(2))
      #expect(try await store.notices(after: 0, limit: 10) == [])
    },
    ContractCase("R2: an evaluation that comes too late leaves no notices") { store in
      _ = try await store.conclude(try .make(from: nil, to: "b", outcome: .noneMatched))
      var late = try Evaluation.make(from: nil, to: "c", outcome: .noneMatched)
      late.notices = [
        CommitNotice(
          service: try service("backend"), repository: try RepositoryBranch.make().repository,
          commit: try commit("c"), description: "not affected")
      ]
      let evaluation = late
      await #expect(throws: StoreError.self) { try await store.conclude(evaluation) }
      #expect(try await store.notices(after: 0, limit: 10) == [])
    },
  ]
}
