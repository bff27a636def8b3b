import DeployModel
import Pipeline
import PipelineKit
import TestKit

/// R10: what a newer push does to what is older.
extension Checker {
  /// R10: of what pushes queued, only the newest waits; R9: so it is for what is held.
  func checkQueue(_ records: [Deployment]) throws {
    for service in Town.services {
      let pushed = records.filter {
        $0.id.service.description == service && ($0.cause == .push || $0.cause == .catchUp)
      }
      for record in pushed where record.state == .queued && record.id != pushed.last?.id {
        throw Violation("R10", "\(record.id) is queued, though a newer push came")
      }
      let held = records.filter { $0.id.service.description == service && $0.state == .held }
      guard held.count <= 1 else { throw Violation("R9", "\(held.map(\.id)) are held at once") }
    }
  }

  /// A running build is left alone, or, with `supersede: running`, ends at a newer push unless the build
  /// before it ended so. What a person asked for, and a process that died in between, are exceptions.
  func checkRunning(_ records: [Deployment]) async throws {
    for service in Town.services {
      let built = records.filter {
        $0.id.service.description == service && states[$0.id]?.contains(.building) == true
      }
      var wasStopped = false
      for record in built {
        let last = lastStep(of: record)
        let isStopped = last == .building && wasStoppedByPush(record)
        if isStopped, town.schedule.supersede == .queued {
          throw Violation("R10", "\(record.id) was running, and a newer push ended it")
        }
        if isStopped, wasStopped {
          throw Violation("R10", "\(record.id) was ended by a newer push, as the build before")
        }
        try await checkStopped(record, wasStopped: wasStopped, records)
        // By a newer one that was held before it, or after its process died, too.
        wasStopped = last == .building || last == .publishing
      }
    }
  }

  /// It is ended after the push was recorded, in a step of its own.
  private func checkStopped(
    _ record: Deployment, wasStopped: Bool, _ records: [Deployment]
  ) async throws {
    guard town.schedule.supersede == .running, record.state == .building, !wasStopped,
      record.cause.isAutomatic, let rest, rest.troubles == troubles,
      let newer = records.last(where: {
        $0.id.service == record.id.service && ($0.cause == .push || $0.cause == .catchUp)
          && $0.sequence > record.sequence && !rest.deployments.contains($0.id)
      })
    else { return }
    let hasEnded = try await comes(afterAtMost: 1000) {
      try await town.world.store.deployment(record.id)?.state != .building
    }
    guard hasEnded else {
      throw Violation("R10", "\(record.id) still runs, though \(newer.id) came")
    }
  }

  /// Unless its process may have died before.
  private func wasStoppedByPush(_ record: Deployment) -> Bool {
    if ends[record.id] == nil { ends[record.id] = rest?.troubles == troubles }
    return ends[record.id] == true
  }

  /// Where it was when it was superseded.
  private func lastStep(of record: Deployment) -> DeploymentState? {
    record.state == .superseded ? states[record.id]?.dropLast().last : nil
  }

  /// Of processes: after these a build may have been left alone.
  var troubles: [Int] { [town.starts, town.process.refusals] }
}
