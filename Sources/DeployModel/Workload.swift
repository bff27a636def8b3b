/// A Deployment of Kubernetes as it stands: its words, without its JSON.
package struct Workload: Hashable, Sendable {
  package struct Replicas: Hashable, Sendable {
    package var desired: Int
    /// Of all revisions.
    package var total: Int
    package var updated: Int
    package var ready: Int
    package var available: Int

    package init(desired: Int, total: Int, updated: Int, ready: Int, available: Int) {
      self.desired = desired
      self.total = total
      self.updated = updated
      self.ready = ready
      self.available = available
    }
  }

  /// What `kubectl rollout history` counts: a ReplicaSet.
  package struct Revision: Hashable, Sendable {
    package var number: Int
    package var images: [String]
    /// The annotation `kubernetes.io/change-cause`; empty where there is none.
    package var cause: String
    package var createdAt: Timestamp?
    package var replicas: Int

    package init(
      number: Int, images: [String], cause: String, createdAt: Timestamp?, replicas: Int
    ) {
      self.number = number
      self.images = images
      self.cause = cause
      self.createdAt = createdAt
      self.replicas = replicas
    }
  }

  package var name: String
  /// Of its template: what runs, or is about to.
  package var images: [String]
  /// Of the template; nil until Kubernetes has counted it.
  package var revision: Int?
  package var replicas: Replicas
  /// The controller has seen the template as it is.
  package var isObserved: Bool
  package var isPaused: Bool
  /// `progressDeadlineSeconds` have passed without progress.
  package var isPastDeadline: Bool
  /// Why no pod could be made, such as a quota; empty where they can.
  package var replicaFailure: String
  /// Newest first; empty where nobody asked for it.
  package var history: [Revision]
  /// Empty where nobody asked for them.
  package var pods: [Rollout.Pod]

  package init(
    name: String, images: [String], revision: Int?, replicas: Replicas, isObserved: Bool = true,
    isPaused: Bool = false, isPastDeadline: Bool = false, replicaFailure: String = "",
    history: [Revision] = [], pods: [Rollout.Pod] = []
  ) {
    self.name = name
    self.images = images
    self.revision = revision
    self.replicas = replicas
    self.isObserved = isObserved
    self.isPaused = isPaused
    self.isPastDeadline = isPastDeadline
    self.replicaFailure = replicaFailure
    self.history = history
    self.pods = pods
  }
}

extension Workload {
  package enum Progress: String, Sendable { case complete, progressing, failed }

  /// What `kubectl rollout status` says, in its order and its words.
  package var progress: (state: Progress, words: String) {
    guard isObserved else {
      return (.progressing, "Waiting for deployment spec update to be observed...")
    }
    if isPastDeadline {
      return (.failed, "deployment \"\(name)\" exceeded its progress deadline")
    }
    let waiting = "Waiting for deployment \"\(name)\" rollout to finish:"
    if replicas.updated < replicas.desired {
      return (
        .progressing,
        "\(waiting) \(replicas.updated) out of \(replicas.desired) new replicas have been updated..."
      )
    }
    if replicas.total > replicas.updated {
      return (
        .progressing,
        "\(waiting) \(replicas.total - replicas.updated) old replicas are pending termination..."
      )
    }
    if replicas.available < replicas.updated {
      return (
        .progressing,
        "\(waiting) \(replicas.available) of \(replicas.updated) updated replicas are available..."
      )
    }
    return (.complete, "deployment \"\(name)\" successfully rolled out")
  }

  package var health: Rollout.Health {
    switch progress.state {
    case .failed: .degraded
    case .progressing: isPaused ? .suspended : .progressing
    case .complete: isPaused ? .suspended : .healthy
    }
  }
}
