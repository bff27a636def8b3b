import DeployModel

/// R11, by what Argo CD showed.
extension Checker {
  /// Live is what was shown as well, at the commit or a descendant of it, with the image.
  func checkLive(_ records: [Deployment]) throws {
    for record in records where record.state == .live {
      let wasShown = town.argo.shown.contains {
        $0.isWell && names($0, record) && town.shows($0, record)
      }
      guard wasShown else { throw Violation("R11", "\(record.id) is live, and nothing shows it") }
    }
    for record in records where record.state == .committed && record.cause != .external {
      if town.argo.observed.contains("\(record.id.service)") {
        throw Violation("R11", "\(record.id) ended as committed, though its rollout is watched")
      }
    }
  }

  /// Its pods were shown broken, or it had an hour.
  func mayHaveFailed(_ record: Deployment) -> Bool {
    if town.argo.shown.contains(where: { $0.isBroken && names($0, record) }) { return true }
    guard let landed = syncing[record.id], let end = record.finishedAt else { return false }
    return end - landed > Step.hour
  }

  /// R9, where it rolls back by itself, too: once for a rollout that failed, never from a rollback.
  func checkRollBacks(_ records: [Deployment], _ byID: [String: Deployment]) throws {
    if let wrong = town.wrongRefusals.first { throw Violation("R9", "refused for \(wrong)") }
    for case .rollBack(let id, let isPrevious, let accepts) in town.granted {
      try checkRollBack(
        id.description, isPrevious: isPrevious, acceptsMigrations: accepts, byID)
    }
    for record in records
    where record.cause == .autoRollback && rest?.deployments.contains(record.id) != true {
      guard town.schedule.rollsBackByItself,
        let left = record.rolledBackFrom.flatMap({ byID["\($0)"] }), !left.cause.isRollback,
        failures[left.id] == .rolloutFailed
      else { throw Violation("R9", "nothing failed that \(record.id) could go back from") }
      try checkRollBack(
        record.id.description, isPrevious: true, acceptsMigrations: false, byID)
    }
  }

  private func names(_ showing: ArgoCDDouble.Showing, _ record: Deployment) -> Bool {
    showing.service == record.id.service.description
      && record.image?.tags.contains { $0.name == showing.tag } == true
  }
}
