/// What git says should run for a service, as far as the record knows.
package struct CurrentImage: Hashable, Sendable {
  /// Nil if the image was there before Slipway (`adopted`).
  package var deployment: DeploymentID?
  package var tag: String
  package var digest: ImageDigest?
  package var sourceCommit: CommitSHA?
  package var manifestCommit: CommitSHA?
  package var since: Timestamp

  package init(
    deployment: DeploymentID?, tag: String, digest: ImageDigest?, sourceCommit: CommitSHA?,
    manifestCommit: CommitSHA?, since: Timestamp
  ) {
    self.deployment = deployment
    self.tag = tag
    self.digest = digest
    self.sourceCommit = sourceCommit
    self.manifestCommit = manifestCommit
    self.since = since
  }

  package var adopted: Bool { deployment == nil }
}

/// A stop on automatic deployments of one service (R9).
package struct Hold: Hashable, Sendable {
  package enum Until: Hashable, Sendable {
    case released
    case nextPush
    case time(Timestamp)
  }

  package var until: Until
  package var reason: String
  package var actor: String
  package var since: Timestamp
  /// The order of its acceptance among deployments: a later push has a greater sequence.
  package var sequence: Int64

  package init(
    until: Until, reason: String, actor: String, since: Timestamp, sequence: Int64 = 0
  ) {
    self.until = until
    self.reason = reason
    self.actor = actor
    self.since = since
    self.sequence = sequence
  }

  /// Whether a rollback that asks for `other` leaves this one as it is: what was to last until somebody
  /// ends it is not ended by a push.
  package func outlasts(_ other: Hold) -> Bool {
    until == .released && other.until != .released
  }

  /// R9: what a deployment by hand is answered.
  package func refusal(of service: ServiceName) -> String {
    "\(service) is on hold: \(reason); say overrideHold: true, or release it first"
  }
}

/// The newest triggering source is neither deployed nor in flight, and why.
package struct Behind: Hashable, Sendable {
  package var commit: CommitSHA
  package var since: Timestamp
  package var reason: String

  package init(commit: CommitSHA, since: Timestamp, reason: String) {
    self.commit = commit
    self.since = since
    self.reason = reason
  }
}

/// A service as the record has it.
package struct ServiceState: Hashable, Sendable {
  package var service: ServiceName
  package var current: CurrentImage?
  /// Of the deployment that is current; nil where that is not known.
  package var source: Source?
  package var hold: Hold?
  /// The newest source that triggered the service, skipped or not.
  package var wanted: CommitSHA?
  /// Follows from the rest of the record: `BehindRule`.
  package var behind: Behind?
  /// The image that the service's entry named when it was last looked at, without its tag; empty if
  /// there was no entry, nil if nobody has looked yet (R14).
  package var entryName: String?
  /// Not final, oldest first, the held one left out.
  package var inFlight: [DeploymentID]
  package var held: DeploymentID?
  /// Of its newest deployment; 0 if there is none.
  package var lastNumber: Int

  package init(
    service: ServiceName, current: CurrentImage? = nil, source: Source? = nil, hold: Hold? = nil,
    wanted: CommitSHA? = nil, behind: Behind? = nil, entryName: String? = nil,
    inFlight: [DeploymentID] = [], held: DeploymentID? = nil, lastNumber: Int = 0
  ) {
    self.service = service
    self.current = current
    self.source = source
    self.hold = hold
    self.wanted = wanted
    self.behind = behind
    self.entryName = entryName
    self.inFlight = inFlight
    self.held = held
    self.lastNumber = lastNumber
  }
}
extension Hold {
  /// A hold with a time ends by itself; the others are ended by somebody or something.
  package func isInForce(at now: Timestamp) -> Bool {
    switch until {
    case .released, .nextPush: true
    case .time(let end): now < end
    }
  }
}
