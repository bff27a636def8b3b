/// What is said of one service where a commit is looked at.
package struct CommitStatus: Hashable, Sendable {
  /// GitHub's four. `failure`: it was tried, and is not well. `error`: it was not seen through.
  package enum State: String, Sendable, CaseIterable {
    case pending, success, failure, error
  }

  package var state: State
  /// Who says it: one for each service, so that a later success of one hides no failure of another.
  package var context: String
  /// One short line.
  package var description: String
  /// Where there is more about it; nil if this server does not know its own address.
  package var page: String?

  package init(state: State, context: String, description: String, page: String?) {
    self.state = state
    self.context = context
    self.description = description
    self.page = page
  }

  /// `slipway/backend`.
  package static func context(of service: ServiceName) -> String { prefix + service.name }

  /// Nil for a context that is not one of ours.
  package static func service(of context: String) -> ServiceName? {
    context.hasPrefix(prefix) ? ServiceName(context.dropFirst(prefix.count)) : nil
  }

  private static let prefix = "slipway/"
}

/// A notice that waits, and its place in the order.
package struct StoredNotice: Hashable, Sendable {
  package var sequence: Int64
  package var notice: CommitNotice

  package init(sequence: Int64, notice: CommitNotice) {
    self.sequence = sequence
    self.notice = notice
  }
}

/// What is owed to a commit that a push brought and that deploys nothing of a service: without it a
/// branch rule that requires the service's context would wait for ever.
package struct CommitNotice: Hashable, Sendable {
  package var service: ServiceName
  package var repository: RepositoryName
  package var commit: CommitSHA
  package var description: String

  package init(
    service: ServiceName, repository: RepositoryName, commit: CommitSHA, description: String
  ) {
    self.service = service
    self.repository = repository
    self.commit = commit
    self.description = description
  }
}
