import DeployModel
import Rollouts
import TestKit
import Testing

@Suite("Sync windows")
struct SyncWindowTests {
  private static let deny: JSON = [
    "kind": "deny", "schedule": "0 22 * * *", "duration": "8h", "manualSync": true,
  ]
  private static let allow: JSON = ["kind": "allow", "schedule": "0 6 * * *", "duration": "1h"]
  private static let denied = "a sync window denies it (0 22 * * * for 8h)"
  private static let notAllowed = "no sync window allows it now (0 6 * * * for 1h)"

  /// By hand it is `canSync`, by itself it is the windows.
  static let cases: [(windows: JSON, byItself: String?, byHand: String?)] = [
    (["canSync": true], nil, nil),
    (["canSync": true, "activeWindows": [deny], "assignedWindows": [deny]], denied, nil),
    (["canSync": false, "activeWindows": [deny, allow]], denied, denied),
    (["canSync": true, "activeWindows": [allow], "assignedWindows": [allow]], nil, nil),
    (["canSync": false, "assignedWindows": [allow]], notAllowed, notAllowed),
    (["canSync": true, "assignedWindows": [deny]], nil, nil),
  ]

  @Test("what is in the way is what Argo CD decides by", arguments: cases)
  func obstacles(_ windows: JSON, _ byItself: String?, _ byHand: String?) async throws {
    for (isAutoSynced, expected) in [(true, byItself), (false, byHand)] {
      let argocd = try FakeArgoCD()
      argocd.show("backend") {
        $0.isAutoSynced = isAutoSynced
        $0.sync = "OutOfSync"
        $0.windows = windows
      }
      let rollout = try await ArgoCDFixture.client(at: argocd.url).rollout(
        of: ArgoCDFixture.backend, refreshing: false, pods: true)
      #expect(rollout.obstacle == expected)
      #expect(argocd.violations == [])
    }
  }

  @Test("they are asked only of what is out of sync")
  func seldom() async throws {
    let argocd = try FakeArgoCD()
    argocd.show("backend") { $0.windows = ["canSync": false] }
    _ = try await ArgoCDFixture.client(at: argocd.url).rollout(
      of: ArgoCDFixture.backend, refreshing: false, pods: true)
    #expect(!argocd.calls.contains { $0.contains("syncwindows") })
  }
}

@Suite("The fake is held to what Argo CD publishes")
struct PublishedShapeTests {
  static let wrong: [(JSON, says: String)] = [
    (["status": ["sync": ["status": 7]]], "v1alpha1Application.status.sync.status is not string"),
    (["status": ["helth": [:]]], "v1alpha1Application.status.helth is not described"),
    (["status": ["resources": [["kind": false]]]], "status.resources[0].kind is not string"),
  ]

  @Test("what is not described is found", arguments: wrong)
  func violations(_ document: JSON, _ says: String) throws {
    let found = try PublishedShapes.argoCD().violations(of: document, as: "v1alpha1Application")
    #expect(found.count == 1 && found.first?.contains(says) == true, "\(found)")
  }

  @Test("every file that stands for an application is as described", arguments: VerdictTests.cases)
  func files(_ file: String, _ verdict: RolloutRule.Verdict) throws {
    let document = try JSON(parsing: ArgoCDFixture.text("\(file).json").utf8)
    #expect(
      try PublishedShapes.argoCD().violations(of: document, as: "v1alpha1Application") == [])
  }
}
