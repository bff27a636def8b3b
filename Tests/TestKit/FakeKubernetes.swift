import Foundation
import Synchronization

/// The API of a Kubernetes cluster with one Deployment, on a loopback port: what kubectl asks for it,
/// in the published shapes, and as much of the Deployment controller as `kubectl rollout` can see.
package final class FakeKubernetes: Sendable {
  package struct Revision: Sendable {
    package var number: Int
    package var image: String
    /// `kubernetes.io/change-cause`
    package var cause = ""

    package init(_ number: Int, _ image: String, cause: String = "") {
      self.number = number
      self.image = image
      self.cause = cause
    }
  }

  package struct Pod: Sendable {
    package var name: String
    /// Of which revision.
    package var revision: Int
    /// Nil: its container runs.
    package var waiting: (reason: String, message: String)?
    package var restarts = 0
    package var unschedulable: String?

    package init(
      _ name: String, revision: Int, waiting: (reason: String, message: String)? = nil,
      restarts: Int = 0, unschedulable: String? = nil
    ) {
      self.name = name
      self.revision = revision
      self.waiting = waiting
      self.restarts = restarts
      self.unschedulable = unschedulable
    }
  }

  /// What a test says of the Deployment.
  package struct Shown: Sendable {
    package var revisions: [Revision]
    /// The number of the one that the template is.
    package var current: Int
    package var desired = 2
    package var total = 2
    package var updated = 2
    package var available = 2
    package var isObserved = true
    package var isPaused = false
    package var isPastDeadline = false
    package var pods: [Pod] = []
    var generation = 3

    package var image: String { revisions.first { $0.number == current }?.image ?? "" }
  }

  struct State {
    var shown: Shown
    var calls: [String] = []
    /// The status, reason and message of every answer, instead of what it should be.
    var refusal: (Int, reason: String, message: String)?
    /// Of what would change something.
    var changeRefusal: (Int, reason: String, message: String)?
  }

  package static let namespace = "shop"
  let name: String
  let state: Mutex<State>
  private let server = Mutex<ScriptedServer?>(nil)

  package init(_ name: String = "backend", revisions: [Revision]) throws {
    self.name = name
    state = Mutex(
      State(shown: Shown(revisions: revisions, current: revisions.last?.number ?? 0)))
    let server = try ScriptedServer { [weak self] request in self?.answer(request) ?? .hangUp }
    self.server.withLock { $0 = server }
  }

  deinit { stop() }

  package func stop() { server.withLock { $0?.stop() } }

  /// `GET /apis/apps/v1/namespaces/shop/deployments/backend`, in their order, without queries.
  package var calls: [String] { state.withLock { $0.calls } }
  package var shown: Shown { state.withLock { $0.shown } }
  package func show(_ change: (inout Shown) -> Void) {
    state.withLock {
      change(&$0.shown)
      $0.shown.generation += 1
    }
  }

  package func refuse(with refusal: (Int, reason: String, message: String)?) {
    state.withLock { $0.refusal = refusal }
  }

  package func refuseChanges(with refusal: (Int, reason: String, message: String)?) {
    state.withLock { $0.changeRefusal = refusal }
  }

  /// A new template, as `kubectl apply` brings it, rolled out at once.
  package func apply(_ image: String) {
    show {
      let number = ($0.revisions.map(\.number).max() ?? 0) + 1
      $0.revisions.removeAll { $0.image == image }
      $0.revisions.append(Revision(number, image))
      $0.current = number
    }
  }

  /// A kubeconfig for it, with a token, which kubectl sends over TLS only: nothing asks for it here.
  package func kubeconfig(in directory: TemporaryDirectory, token: String = "t0p-secret") throws
    -> String
  {
    let url = server.withLock { $0?.url ?? "" }
    try directory.write(
      """
      apiVersion: v1
      kind: Config
      clusters: [ { name: test, cluster: { server: "\(url)" } } ]
      users: [ { name: slipway, user: { token: "\(token)" } } ]
      contexts:
      - { name: test, context: { cluster: test, user: slipway } }
      current-context: test

      """, to: "kubeconfig")
    return directory.appending("kubeconfig")
  }
}
