import DeployModel
import Testing

@Suite("The states of a deployment")
struct DeploymentStateTests {
  /// Every step that there is, and why. Whatever does not stand here must not happen.
  static let steps: [(DeploymentState, DeploymentState, String)] = [
    (.queued, .building, "the line itself"),
    (.building, .publishing, "the line itself"),
    (.publishing, .held, "a hold is in force"),
    (.publishing, .committing, "no hold is in force"),
    (.held, .committing, "the hold ended"),
    (.committing, .syncing, "somebody watches the rollout"),
    (.committing, .committed, "nobody does"),
    (.syncing, .live, "the line itself"),
    (.queued, .publishing, "the image is there: reuse"),
    (.queued, .committing, "a rollback: image and tags are there"),
    (.queued, .held, "a release that meets a new hold"),
    (.building, .queued, "the process that built has died"),
    (.publishing, .queued, "the process that published has died"),
    (.committing, .held, "a hold came before the commit was pushed"),
    (.queued, .failed, "the source is gone"),
    (.building, .failed, "the build failed"),
    (.publishing, .failed, "the registry refused"),
    (.held, .failed, "the image is gone"),
    (.committing, .failed, "the push was refused"),
    (.syncing, .failed, "the rollout failed"),
    (.queued, .superseded, "a newer push (R10)"),
    (.building, .superseded, "a newer push, with supersede: running"),
    (.publishing, .superseded, "the same, later"),
    (.held, .superseded, "a newer one is held (R9)"),
    (.committing, .superseded, "not forward (R5)"),
    (.syncing, .superseded, "a later commit rewrote the entry"),
    (.queued, .cancelled, "by hand"),
    (.building, .cancelled, "by hand"),
    (.publishing, .cancelled, "by hand"),
    (.held, .cancelled, "by hand"),
    (.committing, .cancelled, "its service left the configuration before it was pushed"),
    (.syncing, .committed, "nobody watches the rollout any more"),
    (.failed, .live, "the rollout recovered"),
  ]

  @Test("only these steps can be taken")
  func transitions() {
    for state in DeploymentState.allCases {
      for next in DeploymentState.allCases {
        let expected = Self.steps.contains { $0.0 == state && $0.1 == next }
        #expect(state.canBecome(next) == expected, "\(state) → \(next)")
      }
    }
  }

  @Test("what is final stays, but for a rollout that recovers")
  func finals() {
    let finals: Set<DeploymentState> = [.live, .committed, .failed, .superseded, .cancelled]
    #expect(Set(DeploymentState.allCases.filter(\.isFinal)) == finals)
    for state in finals where state != .failed {
      #expect(!DeploymentState.allCases.contains { state.canBecome($0) }, "\(state)")
    }
  }

  @Test("what is not final can end: nothing is left running for ever (R1)")
  func ends() {
    for state in DeploymentState.allCases where !state.isFinal {
      #expect(state.canBecome(.failed), "\(state)")
      #expect(state.canBecome(.superseded), "\(state)")
    }
  }

  @Test("people may cancel what has no commit on its way, and retry what failed or was cancelled")
  func actions() {
    #expect(
      Set(DeploymentState.allCases.filter(\.isCancellable))
        == [.queued, .building, .publishing, .held])
    #expect(Set(DeploymentState.allCases.filter(\.isRetryable)) == [.failed, .cancelled])
    #expect(Set(DeploymentState.allCases.filter(\.hasLanded)) == [.syncing, .live, .committed])
  }
}
