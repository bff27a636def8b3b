import DeployModel
import Logging

/// Says on GitHub what became of what was pushed: a commit status for each service, and deployments
/// where they are wanted. Deployments never wait for it.
///
/// It hears that something changed and reads the record for what is true. What it owes is nowhere but
/// in the store: there it looks at the start, and now and then.
actor CommitReporter {
  private let parts: PipelineParts
  private var lanes: [BoardAccount: Lane<ReportWork>] = [:]
  private var lastNotice: Int64 = 0
  private var isKept = false

  /// What was refused for want of a right is tried again so often; a reload does so at once.
  private static let lookEvery: Duration = .seconds(600)
  /// What had ended before, with nothing ever said of it, is left alone when reporting is turned on.
  private static let recent: Duration = .seconds(600)
  private static let batch = 500

  init(parts: PipelineParts) { self.parts = parts }

  /// Until the task is cancelled.
  func keep() async {
    isKept = true
    let follower = DeploymentFollower(parts: parts, lookEvery: Self.lookEvery)
    await follower.follow(look: { await self.look() }, hear: { await self.add($0) })
    isKept = false
    for lane in lanes.values { await lane.stop() }
    lanes = [:]
  }

  /// An evaluation has left notices.
  func takeNotices() async {
    guard isKept, isOn else { return }
    do {
      try await addNotices()
    } catch {
      parts.logger.warning("notices were not read", metadata: ["error": "\(error)"])
    }
  }

  private var isOn: Bool {
    parts.configuration.current.repositories.values.contains { $0.reporting.isOn }
  }

  // MARK: What is owed

  private func look() async {
    await forgetAccounts()
    guard isOn else { return }
    let now = parts.clock.now()
    let horizon = now.before(ReportWork.patience)
    do {
      try await parts.store.pruneNotices(before: horizon)
      for repository in parts.configuration.current.repositories.values
      where repository.reporting.isOn {
        let owed = try await parts.store.unreported(
          of: repository.name, changedSince: horizon, endedSince: now.before(Self.recent),
          limit: Self.batch)
        for id in owed { await add(.deployment(id), of: repository.name) }
      }
      lastNotice = 0
      try await addNotices()
    } catch {
      parts.logger.warning("what is owed to GitHub is not known", metadata: ["error": "\(error)"])
    }
  }

  private func add(_ changed: [DeploymentID]) async {
    guard isOn else { return }
    for id in changed {
      do {
        try await add(id)
      } catch {
        // Found again by the next look.
        parts.logger.warning(
          "a deployment was not looked at for GitHub",
          metadata: ["deployment": "\(id)", "error": "\(error)"])
      }
    }
  }

  private func add(_ id: DeploymentID) async throws(StoreError) {
    guard let source = try await parts.store.deployment(id)?.source else { return }
    await add(.deployment(id), of: source.repository)
  }

  private func addNotices() async throws(StoreError) {
    while case let stored = try await parts.store.notices(after: lastNotice, limit: Self.batch),
      let last = stored.last
    {
      lastNotice = max(lastNotice, last.sequence)
      for notice in stored { await add(.notice(notice), of: notice.notice.repository) }
    }
  }

  private func add(_ subject: ReportWork.Item.Subject, of repository: RepositoryName) async {
    guard isKept,
      parts.configuration.current.repositories[repository]?.reporting.isOn == true,
      let account = parts.board.account(of: repository)
    else { return }
    let lane = lanes[account] ?? Lane(ReportWork(account: account, parts: parts), parts: parts)
    lanes[account] = lane
    await lane.add(ReportWork.Item(repository: repository, subject: subject))
  }

  /// Those that a reload has replaced. What they owed is found in the store.
  private func forgetAccounts() async {
    let used = Set(
      parts.configuration.current.repositories.keys.compactMap { parts.board.account(of: $0) })
    for (account, lane) in lanes where !used.contains(account) {
      lanes[account] = nil
      await lane.stop()
    }
  }
}
