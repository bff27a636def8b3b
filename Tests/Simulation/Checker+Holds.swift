import DeployModel
import PipelineKit

/// R9: what holds, and for how long.
extension Checker {
  /// R9: while one and the same hold lasts nothing lands by itself; what is held waits for a hold; a
  /// hold is there when it was asked for, and ends only by what ends it.
  func checkHold(
    _ service: String, _ state: ServiceState, _ records: [Deployment],
    _ byID: [String: Deployment]
  ) throws {
    if state.held != nil, state.hold == nil {
      throw Violation("R9", "\(service) has something held, and no hold")
    }
    let asked = town.asked(of: service)
    try checkAsked(asked, service, state, records)
    guard let rest, let before = rest.holds[service] else { return }
    if state.hold == nil, asked.isEmpty, !mayEnd(before.until) {
      throw Violation("R9", "the hold of \(service) ended by itself")
    }
    guard state.hold?.sequence == before.sequence else { return }
    for sha in town.manifests.branch where !rest.commits.contains(sha) {
      guard let commit = town.manifests.commits[sha], commit.isOurs,
        let record = commit.trailer("Deployment").flatMap({ byID[$0] }),
        record.id.service.description == service, record.cause.isAutomatic
      else { continue }
      throw Violation("R9", "\(record.id) landed under the hold of \(service)")
    }
  }

  /// A rollback that nobody asked for places a hold of its own, and so does a stranger who goes back.
  private func checkAsked(
    _ asked: [Town.Granted], _ service: String, _ state: ServiceState, _ records: [Deployment]
  ) throws {
    let isHeldByOthers = records.contains {
      ($0.cause == .autoRollback || $0.cause == .external) && "\($0.id.service)" == service
        && rest?.deployments.contains($0.id) != true
    }
    guard !isHeldByOthers else { return }
    switch asked.last {
    case .hold(_, let until) where !mayEnd(until):
      guard state.hold?.until == until else {
        throw Violation("R9", "\(service) was to be held: \(String(describing: state.hold))")
      }
    case .release where state.hold != nil && !isTold:
      throw Violation("R9", "\(service) was released and is held")
    default: break
    }
  }

  /// Something about the branch reached Slipway.
  private var isTold: Bool { !town.sent.isEmpty || !town.lookups.isEmpty }

  /// R9: what may end a hold that nobody released: a push, or its time.
  private func mayEnd(_ hold: Hold.Until) -> Bool {
    switch hold {
    case .released: false
    case .nextPush: isTold
    case .time(let end): end <= town.told.now()
    }
  }
}
