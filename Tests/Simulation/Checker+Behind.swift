import DeployModel

/// R14: a service is behind while the newest source that touched it is neither deployed nor in flight.
extension Checker {
  /// Nil: nobody knows any more what is wanted.
  func note(_ expected: EvaluationModel.Expectation?) {
    guard let expected else { return wanted = [:] }
    wanted.merge(expected.wanted) { _, new in new }
  }

  func checkBehind(
    _ service: String, _ state: ServiceState, _ records: [Deployment]
  ) throws {
    let git = town.sources
    guard
      let tag = town.manifests.text(kustomization(service), at: town.manifests.tip)
        .flatMap(tag(in:))
    else { return }
    let deployed = source(named: tag)
    if let deployed, !git.isOnBranch(deployed) { return }
    func isDeployed(_ sha: String) -> Bool {
      deployed.map { git.isAncestor(sha, of: $0) } == true
    }
    if let behind = state.behind, isDeployed(behind.commit.hex) {
      throw Violation(
        "R14", "\(service) runs \(tag) and is behind by \(behind.commit), which that contains")
    }
    guard let wanted = wanted[service], git.isOnBranch(wanted) else { return }
    let sources = records.filter {
      "\($0.id.service)" == service && !$0.state.isFinal && $0.state != .held
    }.compactMap { $0.source?.commit.hex }
    // What a force push took away counts until its end.
    guard sources.allSatisfy(git.isOnBranch) else { return }
    let isInFlight = sources.contains { git.isAncestor(wanted, of: $0) }
    let expected = isDeployed(wanted) || isInFlight ? nil : wanted
    guard state.behind?.commit.hex == expected else {
      throw Violation(
        "R14",
        "\(service) runs \(tag) and wants \(wanted); behind is \(String(describing: state.behind))")
    }
  }
}
