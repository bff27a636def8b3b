/// Why a deployment exists.
package enum DeploymentCause: String, Sendable, CaseIterable {
  case push, manual, rollback, retry, release, external
  case catchUp = "catch-up"
  case autoRollback = "auto-rollback"

  /// R5: automatic deployments only ever go forward; people may go anywhere.
  package var isAutomatic: Bool {
    switch self {
    case .push, .catchUp, .retry, .release: true
    case .manual, .rollback, .autoRollback, .external: false
    }
  }

  /// R5(c): what was decided after it overrules it only once that has landed. A push may be sent again; a
  /// deployment by hand that ended for the sake of one that then fails would be lost.
  package var givesWayOnceLanded: Bool { !isAutomatic }

  package var isRollback: Bool { self == .rollback || self == .autoRollback }
}

/// The commit whose code a deployment carries.
package struct Source: Hashable, Sendable {
  package var repository: RepositoryName
  package var branch: BranchName
  package var commit: CommitSHA
  /// First line of the message, as git has it.
  package var subject: String
  package var author: String
  /// Committer date: what lead time is measured from.
  package var committedAt: Timestamp

  package init(
    repository: RepositoryName, branch: BranchName, commit: CommitSHA, subject: String,
    author: String, committedAt: Timestamp
  ) {
    self.repository = repository
    self.branch = branch
    self.commit = commit
    self.subject = subject
    self.author = author
    self.committedAt = committedAt
  }
}

/// An image that the registry has confirmed under each of its tags.
package struct PublishedImage: Hashable, Sendable {
  package var repository: ImageRepository
  /// What goes into `newTag`.
  package var tag: ImageTag
  package var digest: ImageDigest
  /// Every immutable tag it was published under, `tag` included.
  package var tags: [ImageTag]
  /// The deployment that built it, if this one did not.
  package var reusedFrom: DeploymentID?

  package init(
    repository: ImageRepository, tag: ImageTag, digest: ImageDigest, tags: [ImageTag],
    reusedFrom: DeploymentID? = nil
  ) {
    self.repository = repository
    self.tag = tag
    self.digest = digest
    self.tags = tags
    self.reusedFrom = reusedFrom
  }
}

/// Why a push reached a service: the delivery, and the first file and pattern that matched.
package struct DeploymentTrigger: Hashable, Sendable {
  package var delivery: DeliveryGUID?
  package var file: String
  package var pattern: String

  package init(delivery: DeliveryGUID?, file: String, pattern: String) {
    self.delivery = delivery
    self.file = file
    self.pattern = pattern
  }
}

/// What went wrong, in words for the person who reads the history. Never holds a secret.
package struct DeploymentFailure: Hashable, Sendable {
  package var stage: DeploymentState
  /// One of a fixed set, such as `build_failed`: what programs and metrics look at.
  package var code: FailureCode
  package var message: String

  package init(stage: DeploymentState, code: FailureCode, message: String) {
    self.stage = stage
    self.code = code
    self.message = message
  }
}

package enum FailureCode: String, Sendable, CaseIterable {
  case sourceUnavailable = "source_unavailable"
  case dockerfileMissing = "dockerfile_missing"
  case contextMissing = "context_missing"
  case unsafePath = "unsafe_path"
  case buildFailed = "build_failed"
  case buildTimeout = "build_timeout"
  case builderUnavailable = "builder_unavailable"
  case registryUnavailable = "registry_unavailable"
  case registryRefused = "registry_refused"
  case digestMismatch = "digest_mismatch"
  case imageGone = "image_gone"
  case signingFailed = "signing_failed"
  case signingUnavailable = "signing_unavailable"
  case signatureMissing = "signature_missing"
  case kustomizationMissing = "kustomization_missing"
  case kustomizationInvalid = "kustomization_invalid"
  case pushRefused = "push_refused"
  case commitDeadline = "commit_deadline"
  case rolloutFailed = "rollout_failed"
  case internalError = "internal_error"
}

/// One intent to bring one service to one image: the record that flows through every stage.
package struct Deployment: Hashable, Sendable {
  package var id: DeploymentID
  /// Order of acceptance over all services; what R5(c) and list cursors compare.
  package var sequence: Int64
  /// The sequence of the push this goes back to: its own, or for a retry the first one's.
  package var basisSequence: Int64
  package var state: DeploymentState
  package var cause: DeploymentCause
  /// A GitHub login, a token's name, or `slipway`.
  package var actor: String
  package var reason: String
  package var createdAt: Timestamp
  package var updatedAt: Timestamp
  package var finishedAt: Timestamp?
  package var source: Source?
  package var image: PublishedImage?
  /// Since when nothing deploys the image any more: the registry's clean-up deletes it.
  package var imageGivenUpAt: Timestamp?
  package var inputDigest: InputDigest?
  /// Where it is committed, as configured when the work on it began; nil before.
  package var location: ManifestLocation?
  package var manifestCommit: CommitSHA?
  package var trigger: DeploymentTrigger?
  /// For a rollback: the deployment whose image it brings back, and the one it leaves.
  package var rollbackOf: DeploymentID?
  package var rolledBackFrom: DeploymentID?
  package var retryOf: DeploymentID?
  package var supersededBy: DeploymentID?
  package var rebuild: Bool
  /// It lands because a hold ended: R5(c) does not apply.
  package var released: Bool
  package var overrideHold: Bool
  package var recovered: Bool
  package var failure: DeploymentFailure?

  package init(
    id: DeploymentID, sequence: Int64, basisSequence: Int64, state: DeploymentState,
    cause: DeploymentCause, actor: String, reason: String, createdAt: Timestamp,
    updatedAt: Timestamp, finishedAt: Timestamp? = nil, source: Source? = nil,
    image: PublishedImage? = nil, imageGivenUpAt: Timestamp? = nil,
    inputDigest: InputDigest? = nil,
    location: ManifestLocation? = nil, manifestCommit: CommitSHA? = nil,
    trigger: DeploymentTrigger? = nil,
    rollbackOf: DeploymentID? = nil, rolledBackFrom: DeploymentID? = nil,
    retryOf: DeploymentID? = nil, supersededBy: DeploymentID? = nil, rebuild: Bool = false,
    released: Bool = false, overrideHold: Bool = false, recovered: Bool = false,
    failure: DeploymentFailure? = nil
  ) {
    self.id = id
    self.sequence = sequence
    self.basisSequence = basisSequence
    self.state = state
    self.cause = cause
    self.actor = actor
    self.reason = reason
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.finishedAt = finishedAt
    self.source = source
    self.image = image
    self.imageGivenUpAt = imageGivenUpAt
    self.inputDigest = inputDigest
    self.location = location
    self.manifestCommit = manifestCommit
    self.trigger = trigger
    self.rollbackOf = rollbackOf
    self.rolledBackFrom = rolledBackFrom
    self.retryOf = retryOf
    self.supersededBy = supersededBy
    self.rebuild = rebuild
    self.released = released
    self.overrideHold = overrideHold
    self.recovered = recovered
    self.failure = failure
  }
}

/// One row of a deployment's timeline: the state it entered, when, and why.
package struct Transition: Hashable, Sendable {
  package var state: DeploymentState
  package var at: Timestamp
  package var reason: String
  package var details: String?

  package init(state: DeploymentState, at: Timestamp, reason: String, details: String? = nil) {
    self.state = state
    self.at = at
    self.reason = reason
    self.details = details
  }
}
