/// `queued → building → publishing → (held →) committing → syncing → live`, and the ends.
package enum DeploymentState: String, Sendable, CaseIterable {
  case queued, building, publishing, held, committing, syncing
  case live, committed, failed, superseded, cancelled

  package var isFinal: Bool {
    switch self {
    case .queued, .building, .publishing, .held, .committing, .syncing: false
    case .live, .committed, .failed, .superseded, .cancelled: true
    }
  }

  /// The image this deployment names is (or was) what git says should run.
  package var hasLanded: Bool {
    switch self {
    case .syncing, .live, .committed: true
    default: false
    }
  }

  /// Once a manifest commit is on its way it cannot be called back; a rollback undoes it.
  package var isCancellable: Bool {
    switch self {
    case .queued, .building, .publishing, .held: true
    default: false
    }
  }

  package var isRetryable: Bool { self == .failed || self == .cancelled }

  /// 1. The line itself. 2. Short cuts: reuse skips building, a rollback skips both, and a release
  /// starts from `held`. 3. Back to `queued` when the process that built has died. 4. Back to
  /// `held` when a hold arrives before the commit is pushed. 5. The ends. 6. Nobody watches the
  /// rollout any more. 7. A rollout that recovers after it was given up.
  package func canBecome(_ next: DeploymentState) -> Bool {
    switch (self, next) {
    case (.queued, .building), (.building, .publishing), (.publishing, .held),
      (.publishing, .committing), (.held, .committing), (.committing, .syncing),
      (.committing, .committed), (.syncing, .live):
      true
    case (.queued, .publishing), (.queued, .committing), (.queued, .held): true
    case (.building, .queued), (.publishing, .queued): true
    case (.committing, .held): true
    case (.queued, .failed), (.building, .failed), (.publishing, .failed), (.held, .failed),
      (.committing, .failed), (.syncing, .failed):
      true
    case (.queued, .superseded), (.building, .superseded), (.publishing, .superseded),
      (.held, .superseded), (.committing, .superseded), (.syncing, .superseded):
      true
    case (.queued, .cancelled), (.building, .cancelled), (.publishing, .cancelled),
      (.held, .cancelled), (.committing, .cancelled):
      true
    case (.syncing, .committed): true
    case (.failed, .live): true
    default: false
    }
  }
}
