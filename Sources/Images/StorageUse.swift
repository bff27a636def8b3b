/// Who uses buildah's storage, so that nothing is removed beneath a call that relies on it: calls
/// run beside each other, a removal runs alone, and for as long as it takes (well under a second)
/// new calls wait.
actor StorageUse {
  private var users = 0
  private var isRemoving = false
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private var made: [String: ContinuousClock.Instant] = [:]

  /// An image that comes whole from the cache may be old; its push is still to come.
  private static let kept = Duration.seconds(24 * 3600)

  func enter() async {
    while isRemoving { await withCheckedContinuation { waiting.append($0) } }
    users += 1
  }

  func leave() { users -= 1 }

  func note(_ reference: String, at now: ContinuousClock.Instant) {
    made = made.filter { now - $0.value < Self.kept }
    made[reference] = now
  }

  func wasMadeLately(_ reference: String, now: ContinuousClock.Instant) -> Bool {
    made[reference].map { now - $0 < Self.kept } ?? false
  }

  /// False if a call is under way; otherwise `endRemoval` has to follow.
  func beginRemoval() -> Bool {
    guard users == 0, !isRemoving else { return false }
    isRemoving = true
    return true
  }

  func endRemoval() {
    isRemoving = false
    for continuation in waiting { continuation.resume() }
    waiting = []
  }
}
