/// What went wrong in a store, by what the caller should do.
package enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The disk is full, the database is locked or gone: answer 503, try again later.
  case unavailable(String)
  /// What was expected to be so no longer is: another actor was faster.
  case conflict(String)
  /// A defect: a statement or a constraint of ours failed.
  case bug(String)

  package var description: String {
    switch self {
    case .unavailable(let text): "the store is unavailable: \(text)"
    case .conflict(let text): text
    case .bug(let text): "the store refused: \(text)"
    }
  }
}

/// A page of a list, newest first. `nextCursor` is the sequence to continue before.
package struct Page<Item: Sendable>: Sendable {
  package var items: [Item]
  package var nextCursor: Int64?

  package init(items: [Item], nextCursor: Int64?) {
    self.items = items
    self.nextCursor = nextCursor
  }
}

/// What became of an attempt to take a turn.
package enum Turn: Hashable, Sendable {
  case mine
  case anothers(until: Timestamp)
}

/// Everything that outlives the process. Each call is one transaction that is on disk (fsync) when
/// it returns; calls that wait at the same time share one fsync. Held to `StoreContract`.
package protocol DeploymentStore: Sendable {
  // MARK: Deliveries

  /// R1, R2: stores the delivery unless its GUID is known; then returns what is stored.
  func record(_ delivery: Delivery) async throws(StoreError) -> DeliveryReceipt
  func delivery(_ guid: DeliveryGUID) async throws(StoreError) -> Delivery?
  /// Newest first; the cursor is the delivery's sequence.
  func deliveries(before cursor: Int64?, limit: Int) async throws(StoreError) -> Page<Delivery>
  /// Pushes that wait, oldest first.
  func pendingPushes(
    repository: RepositoryName, branch: BranchName, limit: Int
  ) async throws(StoreError) -> [PendingPush]
  /// Every (repository, branch) with a push that waits: what start-up resumes.
  func branchesWithPendingPushes() async throws(StoreError) -> [RepositoryBranch]
  /// A fetch failed: counted, and the reason shown while the push stays pending.
  func noteFailedAttempt(
    _ guid: DeliveryGUID, reason: String
  ) async throws(StoreError)
  /// Back to `pending` at the end of the line, for `redeliver`. Conflict if it is pending.
  ///
  /// - Parameter byItself: it is to be compared by its own ends, whatever the cursor says.
  func reopen(_ delivery: Delivery, byItself: Bool) async throws(StoreError)
  /// Deletes the oldest that are not pending beyond `count`, or received before `time`. Returns
  /// how many went.
  func pruneDeliveries(keeping count: Int, receivedBefore time: Timestamp)
    async throws(StoreError) -> Int

  /// Deletes deployments that ended before `time` and are not among their service's `count` newest,
  /// with all that was kept of them. What is deployed stays, and what one that stays names: what it
  /// was rolled back to or from, whose image it has, what replaced it. Returns how many went.
  func pruneDeployments(keeping count: Int, finishedBefore time: Timestamp)
    async throws(StoreError) -> Int
  /// Deletes the logs of deployments that ended before `time`. Returns how many went.
  func pruneLogs(finishedBefore time: Timestamp) async throws(StoreError) -> Int

  // MARK: Evaluation

  /// Nil before first contact with the branch.
  func cursor(repository: RepositoryName, branch: BranchName) async throws(StoreError) -> CommitSHA?
  /// R2, R3: moves the cursor, ends the delivery and creates the deployments in one transaction.
  /// A push that ends a hold `until-next-push` also ends what waited behind it (R9). Conflict if
  /// the cursor is not where the evaluation began.
  func conclude(_ evaluation: Evaluation) async throws(StoreError) -> EvaluationResult

  // MARK: Deployments

  func deployment(_ id: DeploymentID) async throws(StoreError) -> Deployment?
  /// Oldest first.
  func timeline(_ id: DeploymentID) async throws(StoreError) -> [Transition]
  /// Newest first; the cursor is the deployment's sequence.
  func deployments(
    _ query: DeploymentQuery
  ) async throws(StoreError) -> Page<Deployment>
  /// Creates one deployment outside an evaluation (manual, rollback, retry, release), places the
  /// hold, and refuses by the guard, in one transaction. One with an image starts in `committing`:
  /// it never waits for a build. Conflict if it is a rollback and the service's last one is still
  /// under way.
  func create(_ new: NewDeployment) async throws(StoreError) -> Deployment
  /// Moves a deployment on. Conflict if its state is none of `from`, if the state machine does not
  /// allow it, or if `lease` is given and is no longer the holder's. To `held` under no hold that
  /// is in force at that time: goes on to `committing` instead, as `released` (R9). Where one that was
  /// released is superseded, the next newest that waited behind the same hold gets its turn.
  @discardableResult
  func advance(_ id: DeploymentID, _ change: DeploymentChange) async throws(StoreError)
    -> Deployment
  /// R7's warnings, retried side effects and the like: a timeline row without a change of state.
  func note(_ id: DeploymentID, _ reason: String, details: String?, at: Timestamp)
    async throws(StoreError)

  // MARK: Images

  /// Marks images of the service, a few at a time, that nothing can need any more: none of their
  /// deployments is under way, deployed, held, young, or among the newest that landed, and no
  /// deployment under way could take one. From then on nothing deploys them.
  func condemnImages(_ retention: ImageRetention, at time: Timestamp) async throws(StoreError)
  /// Those that neither have been removed nor spared yet, a few at a time.
  func condemnedImages(
    of service: ServiceName, in repository: ImageRepository
  ) async throws(StoreError) -> [ImageDigest]
  /// The registry has no such image any more; or, where `removedAt` is nil, it is spared. False if it
  /// was not condemned.
  @discardableResult
  func endRemoval(
    of digest: ImageDigest, in repository: ImageRepository, removedAt time: Timestamp?
  ) async throws(StoreError) -> Bool
  /// When it was condemned; nil if it was not, or was spared or published anew since.
  func condemned(
    _ digest: ImageDigest, in repository: ImageRepository
  ) async throws(StoreError) -> Timestamp?

  // MARK: Leases

  /// Takes the oldest deployment whose state is one of `states`, whose service is not in
  /// `excluding`, and which nobody holds a live lease on. Nil if there is none.
  ///
  /// - Parameter makers: by their services, those whose images are tags of the same repository, itself
  ///   among them: while the image of one is being made under a live lease, nothing of these that has
  ///   the same source, and so the same tags, is taken (R8). A service that is not there waits for nobody.
  func claim(
    states: [DeploymentState], excluding: [ServiceName], makers: [ServiceName: Set<ServiceName>],
    owner: String, until: Timestamp, now: Timestamp
  ) async throws(StoreError) -> Deployment?
  /// Renews; returns the ids that are still the owner's.
  func renew(_ ids: [DeploymentID], owner: String, until: Timestamp)
    async throws(StoreError) -> [DeploymentID]
  /// Whether it is to be committed, under a lease of `owner`'s that nobody else has taken since.
  func isCommitted(_ id: DeploymentID, by owner: String) async throws(StoreError) -> Bool
  func release(_ id: DeploymentID, owner: String) async throws(StoreError)
  /// Ends every lease and turn of an owner that is known to be dead: this machine's earlier process.
  func releaseAll(ownedBy ownerPrefix: String) async throws(StoreError)
  /// What time it is where the store is. Processes that share it compare the ends of each other's
  /// leases with their own clocks.
  func time() async throws(StoreError) -> Timestamp

  // MARK: Manifest commits

  /// R1, R4: what is about to be pushed, recorded before the push. Conflict, and nothing is recorded,
  /// if since it was decided a hold, rollback or manual deployment was accepted that would stop one of
  /// them (R5, R9), or if one is no longer its owner's to commit.
  func recordIntents(
    _ intents: [ManifestIntent], decidedOn grounds: [LandingGround], at: Timestamp
  ) async throws(StoreError)
  func intents(for id: DeploymentID) async throws(StoreError) -> [ManifestIntent]
  /// Which of these commits are ours.
  func ownCommits(among commits: [CommitSHA], repository: RepositoryName)
    async throws(StoreError) -> Set<CommitSHA>
  /// R3: which of these (path, blob) pairs Slipway wrote.
  func ownBlobs(among files: [ManifestBlob], repository: RepositoryName)
    async throws(StoreError) -> Set<ManifestBlob>
  /// Whose intent a commit is.
  func deployment(
    intending commit: CommitSHA, in repository: RepositoryName
  ) async throws(StoreError) -> Deployment?
  /// The manifest commit is on the branch: the deployment advances and becomes its service's
  /// `current`, in one transaction.
  @discardableResult
  func land(_ landing: Landing) async throws(StoreError) -> Deployment

  // MARK: Services

  /// A service that is not known yet has an empty state.
  func serviceState(_ service: ServiceName) async throws(StoreError) -> ServiceState
  /// Of every service that is known, by name.
  func serviceStates() async throws(StoreError) -> [ServiceState]
  /// In the order of `services`, without those that are not known.
  func serviceStates(of services: [ServiceName]) async throws(StoreError) -> [ServiceState]
  /// In no order.
  func serviceNames() async throws(StoreError) -> [ServiceName]
  /// R14, first contact: what the service's entry says today, which is no deployment; `image` nil if
  /// it names none. Does nothing but note the name if somebody has looked before, or `current` is set.
  func adopt(
    _ image: CurrentImage?, entryName: String, for service: ServiceName
  ) async throws(StoreError)
  /// R14: a deployment that has landed when it is recorded. Nil, and nothing is recorded, if the
  /// service's `current` is not what the change was found to replace.
  func record(_ change: ExternalChange) async throws(StoreError) -> Deployment?
  /// - Parameter replacing: the sequence of the hold that it may replace alone; nil: any, or none.
  /// - Returns: the new one's sequence; nil if another hold is there, or none.
  @discardableResult
  func placeHold(
    _ hold: Hold, on service: ServiceName, replacing: Int64?
  ) async throws(StoreError) -> Int64?
  /// Holds whose time has come by then, and that nobody has ended yet.
  func expiredHolds(
    at time: Timestamp
  ) async throws(StoreError) -> [(service: ServiceName, sequence: Int64)]
  /// R9: ends the hold, and moves the deployment that waits behind it to `committing` as
  /// `released`, in one transaction. Returns that deployment, if there is one.
  ///
  /// - Parameter onlyIfSequence: the hold that is meant; nothing happens if another or none is
  ///   there by now. Nil for whichever there is.
  func releaseHold(
    on service: ServiceName, at: Timestamp, reason: String, onlyIfSequence: Int64?
  ) async throws(StoreError) -> Deployment?
  /// R5(c): the newest rollback or manual deployment of the service accepted after `sequence` that
  /// has landed or, without `onceLanded`, may yet.
  func overruling(
    _ service: ServiceName, after sequence: Int64, onceLanded: Bool
  ) async throws(StoreError) -> DeploymentID?
  /// Every deployment of the service that landed, newest first, for `RollbackPlan`.
  func landed(_ service: ServiceName, limit: Int) async throws(StoreError) -> [Deployment]
  /// The newest landed deployment of the service whose image carries this tag.
  func landed(_ service: ServiceName, tag: ImageTag) async throws(StoreError) -> Deployment?
  /// The same, landed or not.
  func deployment(of service: ServiceName, tag: ImageTag) async throws(StoreError) -> Deployment?
  /// The newest deployment of the service that published an image from these inputs since `time`.
  func published(_ service: ServiceName, inputs: InputDigest, since time: Timestamp)
    async throws(StoreError) -> Deployment?

  /// What ended since then, of one service or of all, and how long its stages took.
  func measurements(of service: ServiceName?, since time: Timestamp)
    async throws(StoreError) -> Measurements

  // MARK: Reports

  /// What was said of a deployment; nil: nothing yet.
  func report(of id: DeploymentID) async throws(StoreError) -> DeploymentReport?
  func keep(_ report: DeploymentReport) async throws(StoreError)
  /// Deployments of the repository's commits of which something else is true than was said last,
  /// oldest first.
  ///
  /// - Parameters:
  ///   - changedSince: what changed before is left alone.
  ///   - endedSince: so is what had ended by then and was never spoken of.
  func unreported(
    of repository: RepositoryName, changedSince: Timestamp, endedSince: Timestamp, limit: Int
  ) async throws(StoreError) -> [DeploymentID]
  /// The newest rollback that went back from it, if one has landed.
  func rollback(from id: DeploymentID) async throws(StoreError) -> Deployment?
  /// What evaluations left to be said, oldest first.
  func notices(after sequence: Int64, limit: Int) async throws(StoreError) -> [StoredNotice]
  /// It was said, or is not to be said any more.
  func endNotice(_ sequence: Int64) async throws(StoreError)
  func pruneNotices(before time: Timestamp) async throws(StoreError)

  // MARK: Turns

  /// Of all processes that share the store one speaks to a listener at a time: whoever takes the turn
  /// while nobody has it, or while it has run out. Its owner may prolong it.
  func takeTurn(
    at listener: String, owner: String, until: Timestamp, now: Timestamp
  ) async throws(StoreError) -> Turn
  /// Does nothing to another's.
  func endTurn(at listener: String, owner: String) async throws(StoreError)
  /// Forgets those of dead processes that nobody has taken over.
  func pruneTurns(endedBefore time: Timestamp) async throws(StoreError)

  // MARK: News

  /// From now on `listener` is told of every deployment that this object's transactions create or
  /// move, or whose timeline they add to: when it is on disk, and before the call that wrote it
  /// returns. Called from the writer; it has to return at once.
  func tell(_ listener: @escaping @Sendable (DeploymentID) -> Void)

  // MARK: Notifications

  /// From now on every step that one of these wants is owed to its target, from the very transaction
  /// that stores the step.
  func notify(_ filters: [NotificationFilter])
  /// Deployments of which the target is owed something, what is due first first.
  func owed(to target: TargetName, limit: Int) async throws(StoreError) -> [DeploymentID]
  /// The oldest that the target is owed of this deployment, due or not: what comes after waits.
  func nextNotification(
    to target: TargetName, of id: DeploymentID
  ) async throws(StoreError) -> DeploymentNotification?
  /// An attempt is over. Conflict if it is not pending.
  func settle(
    _ id: NotificationID, _ outcome: NotificationOutcome, at: Timestamp
  ) async throws(StoreError)
  func notification(_ id: NotificationID) async throws(StoreError) -> DeploymentNotification?
  /// Newest first; the cursor is the notification's sequence.
  func notifications(_ query: NotificationQuery) async throws(StoreError) -> Page<
    DeploymentNotification
  >
  /// Pending again, and due at once. Conflict if it is pending.
  func reopen(_ id: NotificationID, at: Timestamp) async throws(StoreError)
    -> DeploymentNotification
  /// How many are pending, by target.
  func pendingNotifications() async throws(StoreError) -> [TargetName: Int]
  /// What is pending for this target since before then ends as dead.
  func giveUpNotifications(
    to target: TargetName, owedBefore time: Timestamp, because: String, at: Timestamp
  ) async throws(StoreError)
  /// Deletes the oldest of those that ended beyond `count`, and those that ended before `time`.
  func pruneNotifications(keeping count: Int, endedBefore time: Timestamp) async throws(StoreError)

  // MARK: Build logs

  /// Appends to the log; stored compressed.
  func appendLog(_ id: DeploymentID, _ bytes: [UInt8]) async throws(StoreError)
  /// Plain bytes from chunk `index` on, and the index to continue from.
  func log(_ id: DeploymentID, fromChunk index: Int) async throws(StoreError)
    -> (bytes: [UInt8], nextChunk: Int)

  /// How many plain bytes each chunk has, in order; empty for no log.
  func logChunkSizes(_ id: DeploymentID) async throws(StoreError) -> [Int]

  // MARK: Requests

  /// Claims an idempotency key (per token and route), or says what it stands for.
  func beginRequest(_ key: RequestKey, bodySHA256: String, at: Timestamp)
    async throws(StoreError) -> RequestClaim
  func finishRequest(_ key: RequestKey, answer: StoredAnswer) async throws(StoreError)
  /// The request failed before it changed anything: the key is free again.
  func abandonRequest(_ key: RequestKey) async throws(StoreError)
  func pruneRequests(before: Timestamp) async throws(StoreError)
  func audit(_ entry: AuditEntry) async throws(StoreError)
  func auditEntries(before cursor: Int64?, limit: Int) async throws(StoreError) -> Page<AuditEntry>

  /// Readiness: a write would succeed.
  func checkWritable() async throws(StoreError)
}

extension DeploymentStore {
  @discardableResult
  package func placeHold(
    _ hold: Hold, on service: ServiceName
  ) async throws(StoreError) -> Int64? {
    try await placeHold(hold, on: service, replacing: nil)
  }
}
