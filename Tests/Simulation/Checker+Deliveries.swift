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

  /// R2, R3, R4: one push between two rests created what the model says, and nothing else.
  func checkEvaluation(_ records: [Deployment], cursor: String?) async throws {
    guard wasAtRest, let rest, town.sent.count <= 1 else { return }
    let created = records.filter {
      ($0.cause == .push || $0.cause == .catchUp) && !rest.deployments.contains($0.id)
    }
    guard let sent = town.sent.first, !sent.isKnown,
      town.github.accepted.contains(where: { $0.guid == sent.notice.guid })
    else {
      guard created.isEmpty else {
        throw Violation("R2", "no push was evaluated, yet there are \(created.map(\.id))")
      }
      return
    }
    let model = EvaluationModel(
      git: town.git, tip: sent.tip, cursor: rest.cursor, ownBlobs: sent.ownBlobs,
      services: Town.services)
    let expected = model.expect(before: sent.notice.before, after: sent.notice.after)
    let triggers = created.map {
      EvaluationModel.Trigger(
        service: $0.id.service.description, source: $0.source?.commit.hex ?? "",
        isCatchUp: $0.cause == .catchUp)
    }
    let outcome = outcomes[sent.notice.guid]?.rawValue
    guard Set(triggers) == expected.triggers, triggers.count == expected.triggers.count,
      outcome == expected.outcome, cursor == expected.cursor ?? rest.cursor
    else {
      throw Violation(
        "R3",
        "\(sent.notice) from \(rest.cursor ?? "nowhere") became \(outcome ?? "nothing") "
          + "\(triggers) and \(cursor ?? "nowhere"); the rules say \(expected)")
    }
  }
}
