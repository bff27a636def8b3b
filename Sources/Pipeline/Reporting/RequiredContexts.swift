import DeployModel

extension Evaluation {
  /// What is to be said on the head of a push for services whose status is required and that will not
  /// have one there.
  ///
  /// 1. Its deployment says it. 2. A commit beneath the head is deployed. 3. The push was skipped.
  /// 4. Nothing of the service changed. Where nothing was compared, nothing is claimed.
  func notices(for required: Set<ServiceName>) -> [CommitNotice] {
    guard let head = cursorAfter, outcome == .ignored || !matches.isEmpty else { return [] }
    return required.sorted().compactMap { service in
      let sources = triggers.filter { $0.service == service }.map(\.source.commit)
      guard !sources.contains(head) else { return nil }
      let description: String
      if let source = sources.last {
        description = "deployed with \(source.short()), beneath this commit"
      } else if let skipped = skipped[service] {
        description = "skipped: \(skipped.reason)"
      } else {
        description = "not affected"
      }
      return CommitNotice(
        service: service, repository: target.repository, commit: head, description: description)
    }
  }
}
