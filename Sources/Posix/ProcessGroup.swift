import Glibc
import Synchronization

/// The process group of one child. The teardown of swift-subprocess stops at the leader's exit; a
/// member that ignores SIGTERM would live on, with the output pipe in its hand.
final class ProcessGroup: Sendable {
  private enum State {
    case unborn
    /// A kill came before the leader was known.
    case doomed
    case led(by: pid_t)
    case ended
  }

  private let state = Mutex(State.unborn)

  func isLed(by leader: pid_t) {
    let isDoomed = state.withLock { state in
      defer { if case .unborn = state { state = .led(by: leader) } }
      guard case .doomed = state else { return false }
      state = .ended
      return true
    }
    if isDoomed { _ = Glibc.kill(-leader, SIGKILL) }
  }

  /// SIGKILL to whatever is left of the group, once. A group's number is not given away as long as
  /// it has a member, and pids are handed out in a circle, so right after the run the number still
  /// means this group or nothing.
  func kill() {
    state.withLock { state in
      switch state {
      case .unborn: state = .doomed
      case .led(let leader):
        _ = Glibc.kill(-leader, SIGKILL)
        state = .ended
      case .doomed, .ended: break
      }
    }
  }

  /// For a run that does not come to its end because a member holds its output open.
  func kill(after grace: Duration) {
    Task {
      do {
        try await Task.sleep(for: grace)
      } catch {
        // Nobody can cancel this task, and waking early would only kill early.
      }
      kill()
    }
  }
}
