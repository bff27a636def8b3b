import DeployModel
import Testing

extension ContractCase {
  static let measurements: [ContractCase] = [
    ContractCase("Measured is what ended since a time, of one service or of all, newest first") {
      store in
      let early = try await store.makeLive("1", at: second(5))
      let late = try await store.makeLive("2", at: second(100))
      let failed = try await store.create(try .make("frontend", at: second(100))).id
      _ = try await store.step(
        failed, .queued, .failed, at: second(110),
        failure: DeploymentFailure(stage: .queued, code: .internalError, message: "no"))
      _ = try await store.create(try .make("frontend", at: second(100)))
      let all = try await store.measurements(of: nil, since: second(0))
      #expect(all.deployments.map(\.id) == [failed, late, early])
      #expect(all.isComplete)
      #expect(all.deployments[0].failedIn == .queued && all.deployments[0].landedAt == nil)
      #expect(all.deployments[1].landedAt == second(100))
      #expect(all.deployments[1].committedAt == second(-60))
      let backend = try await store.measurements(of: try service("backend"), since: second(6))
      #expect(backend.deployments.map(\.id) == [late])
    },
    ContractCase("A state is timed from its entry to the next one's; a note ends none") { store in
      let id = try await store.create(try .make(source: "1", at: second(0))).id
      _ = try await store.step(id, .queued, .building, at: second(3))
      try await store.note(id, "a warning", details: nil, at: second(4))
      _ = try await store.step(id, .building, .publishing, at: second(10))
      #expect(try await store.measurements(of: nil, since: second(0)).visits.isEmpty)
      _ = try await store.step(
        id, .publishing, .committing, at: second(11), image: try .make("1"),
        inputs: try inputs("1"))
      try await store.land(id, "1", at: second(13))
      let visits = try await store.measurements(of: nil, since: second(0)).visits
      #expect(
        visits == [
          StageVisit(stage: .queued, duration: .seconds(3)),
          StageVisit(stage: .building, duration: .seconds(7)),
          StageVisit(stage: .publishing, duration: .seconds(1)),
          StageVisit(stage: .committing, duration: .seconds(2)),
          StageVisit(stage: .syncing, duration: .zero),
        ])
      let own = try await store.measurements(of: id.service, since: second(0)).visits
      #expect(own == visits)
      let none = try await store.measurements(of: try service("frontend"), since: second(0))
      #expect(none.visits.isEmpty)
    },
  ]
}
