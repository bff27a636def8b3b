import DeployModel

/// What people decide stays decided.
extension Checker {
  /// R5(c): an automatic deployment does not land once a rollback or a deployment by hand was accepted
  /// after its push, and one by hand not once that has landed, unless a hold's end let it go.
  func checkOverruled(_ commit: Commit, _ records: [String: Deployment]) throws {
    guard let rest, let record = commit.trailer("Deployment").flatMap({ records[$0] }),
      record.cause.isAutomatic || record.cause == .manual, !record.released
    else { return }
    let decisions: Set<DeploymentCause> = [.manual, .rollback, .autoRollback]
    let later = records.values.first {
      $0.id.service == record.id.service && $0.sequence > record.basisSequence
        && decisions.contains($0.cause) && rest.deployments.contains($0.id)
        && (record.cause.isAutomatic
          ? ![.failed, .cancelled, .superseded].contains($0.state)
          : hasLanded($0, below: commit))
    }
    if let later { throw Violation("R5", "\(record.id) landed, though \(later.id) overruled it") }
  }

  private func hasLanded(_ deployment: Deployment, below commit: Commit) -> Bool {
    deployment.manifestCommit.map {
      $0.hex != commit.sha && town.manifests.isAncestor($0.hex, of: commit.sha)
    } ?? false
  }

  /// R9: to something older that landed, with another digest, and not over a migration that nobody
  /// accepted; what was left once, or was never live, is not where "previous" leads.
  func checkRollBack(
    _ id: String, isPrevious: Bool, acceptsMigrations: Bool, _ records: [String: Deployment]
  ) throws {
    guard let record = records[id], let target = record.rollbackOf.flatMap({ records["\($0)"] })
    else { throw Violation("R9", "\(id) goes back to nothing") }
    let left = record.rolledBackFrom.flatMap { records["\($0)"] }
    guard target.sequence < record.sequence, target.manifestCommit != nil,
      target.image?.digest == record.image?.digest, target.image?.digest != left?.image?.digest
    else { throw Violation("R9", "\(id) goes back to \(target.id) from \(left?.id as Any)") }
    if !acceptsMigrations, record.id.service.description == Town.migrating {
      guard let old = target.source?.commit.hex, let new = left?.source?.commit.hex,
        town.migrations(between: old, and: new).isEmpty
      else { throw Violation("R9", "\(id) goes back to \(target.id) over migrations") }
    }
    guard isPrevious else { return }
    guard target.state == .live || target.state == .committed else {
      throw Violation("R9", "\(id) goes back to \(target.id), which never was live")
    }
    let rejecting = records.values.first {
      $0.rolledBackFrom == target.id && $0.manifestCommit != nil && $0.sequence < record.sequence
    }
    if let rejecting {
      throw Violation("R9", "\(id) goes back to \(target.id), which \(rejecting.id) left")
    }
  }

  /// R14: a stranger who sets an entry back to an older commit's image holds the service.
  func checkGoingBack(
    _ service: String, _ state: ServiceState, _ records: [Deployment]
  ) throws {
    let git = town.manifests
    guard wasAtRest, let rest, town.sent.count <= 1, town.lookups.isEmpty,
      town.asked(of: service).isEmpty, !EvaluationModel.watchesManifest.contains(service),
      state.hold == nil,
      let record = records.last(where: { $0.id.service.description == service }),
      record.cause == .external, !rest.deployments.contains(record.id),
      let commit = record.manifestCommit.flatMap({ git.commits[$0.hex] }), !commit.isOurs,
      let parent = commit.parent
    else { return }
    let path = kustomization(service)
    guard let old = git.text(path, at: parent).flatMap(tag(in:)).flatMap(source(named:)),
      let new = git.text(path, at: commit.sha).flatMap(tag(in:)).flatMap(source(named:)),
      old != new, town.sources.isAncestor(new, of: old)
    else { return }
    throw Violation("R14", "\(record.id) went back to \(new), and \(service) is not held")
  }
}
