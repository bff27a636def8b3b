/// R11: when a deployment is live, and when its rollout has failed.
package enum RolloutRule {
  package enum Verdict: Hashable, Sendable {
    /// Not over; the sentence says what it waits for.
    case waiting(String)
    /// Not over, and nothing goes on before somebody starts a sync.
    case waitingForSync(String)
    case live
    /// Not over, and not to be before somebody allows it: no deadline runs.
    case heldUp(String)
    /// It looks failed, and may pass: failed if it is still so some time later.
    case doubtful(String)
    case failed(String)
  }

  /// What cannot get better by itself: the image is not there, or its name is wrong.
  private static let hopeless: Set<String> = [
    "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "CreateContainerConfigError",
  ]
  /// Restarts after which a crash loop is no accident.
  private static let restartLimit = 3

  /// 1. A pod with our image that cannot start, whatever else is going on. 2. An operation is going
  /// on, or has ended and the application was not compared since: sync and health are stale. 3. The
  /// operation that brought us failed; what failed before this deployment is tried again; that of
  /// another commit decides nothing, and the application may be out of sync for it. 4. Argo CD could
  /// not compare: that may be its own trouble, and says nothing of the image. 5. The comparison does
  /// not know our commit yet. 6. Out of sync, and a sync window keeps it so. 7. Synced, healthy, and
  /// our image among those that run, or that will where nothing runs: live. What git has no longer,
  /// and nobody has pruned, is not part of our commit.
  ///
  /// - Parameters:
  ///   - image: the one that was committed.
  ///   - wanted: since when this deployment wants its commit in the cluster; nil: any operation counts.
  ///   - reached: whether a revision is our manifest commit or a descendant of it; false if unknown.
  package static func verdict(
    on rollout: Rollout, image: PublishedImage, wanted: Timestamp? = nil,
    reached: (String) -> Bool
  ) -> Verdict {
    if let broken = brokenPod(rollout.pods, image) { return broken }
    if rollout.isDeleting { return .waiting("the application is being deleted") }
    switch standing(of: rollout, wanted: wanted, reached: reached) {
    case .underWay(let sentence): return .waiting(sentence)
    case .failed(let sentence): return .failed(sentence)
    case .failedBefore(let sentence):
      return unsynced(rollout, "an earlier sync of the commit failed: \(sentence)")
    case .overtaken(let sentence) where rollout.sync != .synced:
      return .waiting("the commit was synced; a sync of a later one failed: \(sentence)")
    case .overtaken, .silent: break
    }
    if let error = rollout.errors.first { return .waiting(error) }
    guard rollout.revisions.contains(where: reached) else {
      return .waiting("Argo CD has not compared the cluster with the commit yet")
    }
    switch rollout.sync {
    case .synced: break
    case .unknown: return .waiting("Argo CD does not know whether the cluster is in sync")
    case .outOfSync where rollout.differsByPruningAlone: break
    case .outOfSync where rollout.isAutoSynced && rollout.obstacle == nil:
      return .waiting(outOfSync(rollout))
    case .outOfSync: return unsynced(rollout, outOfSync(rollout))
    }
    return health(of: rollout, image)
  }

  private static func unsynced(_ rollout: Rollout, _ sentence: String) -> Verdict {
    rollout.obstacle.map { .heldUp("\(sentence); \($0)") } ?? .waitingForSync(sentence)
  }

  static func brokenPod(_ pods: [Rollout.Pod], _ image: PublishedImage) -> Verdict? {
    let ours = pods.filter { $0.images.contains { image.isNamed(by: $0) } }
    if let pod = ours.first(where: { hopeless.contains(bare($0.reason)) }) {
      return .failed(sentence(of: pod))
    }
    let looping = ours.filter { bare($0.reason) == "CrashLoopBackOff" }
    if let pod = looping.first(where: { $0.restarts >= restartLimit }) {
      return .failed("\(sentence(of: pod)); restarted \(pod.restarts) times")
    }
    return looping.first.map { .waiting(sentence(of: $0)) }
  }

  /// `Init:ImagePullBackOff` is what an init container's reason looks like.
  private static func bare(_ reason: String) -> String {
    reason.hasPrefix("Init:") ? String(reason.dropFirst("Init:".count)) : reason
  }

  static func sentence(of pod: Rollout.Pod) -> String {
    "pod \(pod.name): \(pod.reason)" + (pod.message.isEmpty ? "" : ": \(pod.message)")
  }

  private static func outOfSync(_ rollout: Rollout) -> String {
    let names = rollout.outOfSync.prefix(3).joined(separator: ", ")
    let what = names.isEmpty ? "the application is out of sync" : "out of sync: \(names)"
    return rollout.isAutoSynced ? what : "\(what); auto-sync is off"
  }

  private static func health(of rollout: Rollout, _ image: PublishedImage) -> Verdict {
    let message = rollout.healthMessage.isEmpty ? "" : ": \(rollout.healthMessage)"
    switch rollout.health {
    case .healthy:
      if rollout.runs(image) { return .live }
      // What runs nothing has the image all the same, and is done with it.
      if rollout.dormantImages.contains(where: { image.isNamed(by: $0) }) { return .live }
      return .waiting("synced and healthy, but no resource runs \(image.repository):\(image.tag)")
    case .degraded: return degraded(rollout, image, message)
    case .progressing: return .waiting("new pods are starting\(message)")
    case .suspended: return .waiting("the rollout is suspended\(message)")
    case .missing: return .waiting("resources are missing\(message)")
    case .unknown: return .waiting("health is unknown\(message)")
    }
  }
}

extension RolloutRule {
  /// Several services may share an application: what is degraded and carries none of our pods says
  /// nothing of our image, and keeps the application from being healthy all the same.
  private static func degraded(
    _ rollout: Rollout, _ image: PublishedImage, _ message: String
  ) -> Verdict {
    let owners = rollout.pods
      .filter { $0.images.contains { image.isNamed(by: $0) } }
      .reduce(into: Set<String>()) { $0.formUnion($1.owners) }
    let isOurs =
      owners.isEmpty || rollout.degraded.isEmpty
      || rollout.degraded.contains { owners.contains($0.name) }
    guard !isOurs, let other = rollout.degraded.first else {
      return .doubtful("the application is degraded\(message)")
    }
    return .waiting(
      "the application is degraded, by what does not run our image: \(other.name)"
        + (other.message.isEmpty ? "" : ": \(other.message)"))
  }
}

extension PublishedImage {
  /// `repository:tag`, `repository@digest` or both, as a pod or an application names it.
  package func isNamed(by text: String) -> Bool {
    var rest = Substring(text)
    var digest: Substring?
    if let at = rest.firstIndex(of: "@") {
      digest = rest[rest.index(after: at)...]
      rest = rest[..<at]
    }
    var tag: Substring?
    if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
      tag = rest[rest.index(after: colon)...]
      rest = rest[..<colon]
    }
    guard ImageRepository(rest) == repository else { return false }
    if let digest { return digest == self.digest.text }
    return tag.map { name in tags.contains { $0.name == name } } ?? false
  }
}
