import DeployModel
import PipelineKit

extension Checker {
  /// As docs/architecture.md draws it.
  private static let next: [DeploymentState: Set<DeploymentState>] = [
    .queued: [.building, .publishing, .committing, .held],
    .building: [.publishing, .queued],
    .publishing: [.committing, .held, .queued],
    .held: [.committing],
    .committing: [.held, .committed, .syncing],
    .syncing: [.live],
  ]

  /// Every step is one of the machine's; ends are never left, and nothing is forgotten. The timeline of
  /// what did not change is not read again, but at the end.
  func checkStates(_ records: [Deployment]) async throws {
    for record in records where isThorough || seen[record.id] != record {
      let id = record.id
      if let known = states[id], let last = known.last, last.isFinal {
        let hasRecovered = record.state == .live && failures[id] == .rolloutFailed
        guard record.state == last || last == .failed && hasRecovered && record.recovered else {
          throw Violation("states", "\(id) was \(last) and became \(record.state)")
        }
        if record.state == last { continue }
      }
      var line: [DeploymentState] = []
      for transition in try await town.world.store.timeline(id) where line.last != transition.state
      {
        if let last = line.last, !Self.isStep(from: last, to: transition.state),
          !(last == .failed && transition.state == .live && mayRecover(record))
        {
          throw Violation("states", "\(id) went from \(last) to \(transition.state)")
        }
        line.append(transition.state)
        if transition.state == .syncing { syncing[id] = transition.at }
      }
      // It may have moved on since the record was read.
      guard line.contains(record.state), line.starts(with: states[id] ?? []) else {
        throw Violation("states", "\(id) is \(record.state); its timeline says \(line)")
      }
      states[id] = line
      seen[id] = record
      try checkFailure(record)
    }
    let present = Set(records.map(\.id))
    for id in states.keys where !present.contains(id) {
      throw Violation("R1", "\(id) is gone")
    }
  }

  private static func isStep(from old: DeploymentState, to new: DeploymentState) -> Bool {
    guard let nexts = next[old] else { return false }
    return nexts.contains(new) || [.failed, .superseded, .cancelled].contains(new)
  }

  /// R11: only a rollout that was given up may be well later.
  private func mayRecover(_ record: Deployment) -> Bool {
    record.recovered || record.failure?.code == .rolloutFailed
  }

  /// Nothing fails unless it was made to.
  private func checkFailure(_ record: Deployment) throws {
    guard let failure = record.failure else { return }
    failures[record.id] = failure.code
    let service = record.id.service.description
    let isOurFault =
      switch failure.code {
      case .buildFailed: town.blame.builds.contains(service)
      case .pushRefused: town.blame.pushes.contains(service)
      case .kustomizationInvalid: town.blame.manifests.contains(service)
      case .rolloutFailed: mayHaveFailed(record)
      default: false
      }
    guard isOurFault else {
      throw Violation(
        "R6", "\(record.id) failed at \(failure.stage): \(failure.code) \(failure.message)")
    }
  }
}
