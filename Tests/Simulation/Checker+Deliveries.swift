import DeployModel
import PipelineKit
import TestKit

extension Checker {
  /// R1: what was answered with success is there, and at rest it has an outcome. R2: once.
  func checkDeliveries(atRest isAtRest: Bool) async throws {
    let page = try await town.world.store.deliveries(before: nil, limit: 200)
    let guids = page.items.map(\.guid.text)
    guard Set(guids).count == guids.count else {
      throw Violation("R2", "a GUID is stored twice: \(guids)")
    }
    for notice in town.github.accepted {
      guard let delivery = page.items.first(where: { $0.guid.text == notice.guid }) else {
        throw Violation("R1", "\(notice.guid) was accepted and is not in the store")
      }
      let outcome = delivery.outcome
      if isAtRest, outcome == .pending || outcome == .failed {
        throw Violation("R1", "\(notice.guid) is \(outcome): \(delivery.reason)")
      }
      if let before = outcomes[notice.guid], before != .pending, before != outcome {
        throw Violation("R2", "\(notice.guid) was \(before) and became \(outcome)")
      }
      outcomes[notice.guid] = outcome
    }
  }

  /// R2, R3, R4: one push between two rests, or one look for missed ones, created what the model says,
  /// and nothing else. Returns what it says; nil if it was more than that.
  func checkEvaluation(
    _ records: [Deployment], cursor: String?
  ) async throws -> EvaluationModel.Expectation? {
    guard wasAtRest, let rest, town.sent.count + town.lookups.count <= 1 else { return nil }
    let created = records.filter {
      ($0.cause == .push || $0.cause == .catchUp) && !rest.deployments.contains($0.id)
    }
    let found = EvaluationModel.Found(
      triggers: created.map {
        EvaluationModel.Trigger(
          service: $0.id.service.description, source: $0.source?.commit.hex ?? "",
          isCatchUp: $0.cause == .catchUp)
      }, cursor: cursor)
    if let blobs = town.lookups.first {
      // What landed since may lie above; that nothing is left was seen at the last look.
      let model = EvaluationModel(
        git: town.sources, tip: cursor ?? town.sources.tip, cursor: rest.cursor, ownBlobs: blobs,
        services: Town.services)
      guard let expected = model.expectCatchUp() else { return nil }
      try compare(found, expected, "what was missed", from: rest.cursor)
      return expected
    }
    // A process may have died between storing it and saying so.
    guard let sent = town.sent.first, !sent.isKnown,
      let outcome = try await town.outcome(of: sent.notice)?.rawValue
    else {
      guard created.isEmpty else {
        throw Violation("R2", "no push was evaluated, yet there are \(created.map(\.id))")
      }
      return .nothing
    }
    let model = EvaluationModel(
      git: town.sources, tip: sent.tip, cursor: rest.cursor, ownBlobs: sent.ownBlobs,
      services: Town.services)
    let expected = model.expect(before: sent.notice.before, after: sent.notice.after)
    guard outcome == expected.outcome else {
      throw Violation("R3", "\(sent.notice) became \(outcome); the rules say \(expected)")
    }
    try compare(found, expected, "\(sent.notice)", from: rest.cursor)
    return expected
  }

  private func compare(
    _ found: EvaluationModel.Found, _ expected: EvaluationModel.Expectation, _ what: String,
    from base: String?
  ) throws {
    guard Set(found.triggers) == expected.triggers,
      found.triggers.count == expected.triggers.count, found.cursor == expected.cursor ?? base
    else {
      throw Violation(
        "R3", "\(what) from \(base ?? "nowhere") became \(found); the rules say \(expected)")
    }
  }
}
