import DeployModel
import Foundation
import Rollouts
import TestKit
import Testing

/// The real kubectl, against an API that answers in Kubernetes' shapes.
@Suite("Kubernetes, by kubectl", .enabled(if: Cluster.isPossible, "needs kubectl"))
struct KubernetesClientTests {
  static let one = "ghcr.io/acme/shop/backend:0d35b53"
  static let two = "ghcr.io/acme/shop/backend:008c40e"

  private func makeCluster() throws -> Cluster {
    try Cluster([
      FakeKubernetes.Revision(1, Self.one, cause: "first"), FakeKubernetes.Revision(2, Self.two),
    ])
  }

  // MARK: Reading

  @Test("the live image, the revisions, and pods with their reasons")
  func workload() async throws {
    let cluster = try makeCluster()
    cluster.api.show {
      $0.available = 1
      $0.pods = [
        FakeKubernetes.Pod("backend-a", revision: 1),
        FakeKubernetes.Pod(
          "backend-b", revision: 2,
          waiting: ("ImagePullBackOff", "Back-off pulling image \"\(Self.two)\"")),
        FakeKubernetes.Pod("backend-c", revision: 2, unschedulable: "0/3 nodes are available"),
      ]
    }
    let workload = try await cluster.client.workload(Cluster.backend, inFull: true)
    #expect(workload.images == [Self.two] && workload.revision == 2)
    #expect(
      workload.replicas
        == Workload.Replicas(desired: 2, total: 2, updated: 2, ready: 1, available: 1))
    #expect(workload.history.map(\.number) == [2, 1])
    #expect(workload.history.map(\.images) == [[Self.two], [Self.one]])
    #expect(workload.history.last?.cause == "first")
    #expect(workload.history.last?.createdAt == Timestamp(milliseconds: 1_764_986_400_000))
    #expect(workload.pods.map(\.reason) == ["Running", "ImagePullBackOff", "Pending"])
    #expect(workload.pods.last?.message == "0/3 nodes are available")
  }

  @Test("without pods and revisions it is one call")
  func short() async throws {
    let cluster = try makeCluster()
    let workload = try await cluster.client.workload(Cluster.backend, inFull: false)
    #expect(workload.images == [Self.two] && workload.history.isEmpty)
    #expect(cluster.api.calls.filter { $0.contains("/shop/") }.count == 1)
  }

  static let states: [@Sendable (inout FakeKubernetes.Shown) -> Void] = [
    { _ in },
    { $0.isObserved = false },
    { $0.updated = 1 },
    { $0.total = 3 },
    { $0.available = 1 },
    { $0.isPastDeadline = true },
    {
      $0.isPastDeadline = true
      $0.isObserved = false
    },
    {
      $0.desired = 0; $0.total = 0; $0.updated = 0; $0.available = 0
    },
  ]

  @Test(
    "progress is what `kubectl rollout status` says, word for word", arguments: states.indices)
  func progress(_ index: Int) async throws {
    let cluster = try makeCluster()
    cluster.api.show(Self.states[index])
    let said = try await cluster.kubectl(
      "rollout", "status", "deployment/backend", "--watch=false")
    let (state, words) = try await cluster.client.workload(Cluster.backend, inFull: false).progress
    #expect(said.text.contains(words), "\(said.text)")
    #expect(said.succeeded == (state != .failed))
    #expect(said.text.contains("successfully") == (state == .complete))
  }

  @Test("the history has the revisions and causes of `kubectl rollout history`")
  func history() async throws {
    let cluster = try makeCluster()
    let said = try await cluster.kubectl("rollout", "history", "deployment/backend")
    let rows = said.text.split(separator: "\n").dropFirst(2).map {
      $0.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
    }
    let workload = try await cluster.client.workload(Cluster.backend, inFull: true)
    let ours = workload.history.reversed().map {
      ["\($0.number)", $0.cause.isEmpty ? "<none>" : $0.cause]
    }
    #expect(rows == ours)
  }

  // MARK: Undo

  @Test("undo brings the template of the revision before back")
  func undo() async throws {
    let cluster = try makeCluster()
    let said = try await cluster.client.undo(Cluster.backend, to: nil)
    #expect(said == "deployment.apps/backend rolled back")
    #expect(cluster.api.shown.image == Self.one)
    let workload = try await cluster.client.workload(Cluster.backend, inFull: true)
    #expect(workload.images == [Self.one] && workload.revision == 3)
    #expect(workload.history.map(\.number) == [3, 2])
  }

  @Test("undo to a revision that there is, and to one that there is not")
  func undoTo() async throws {
    let cluster = try makeCluster()
    cluster.api.apply("ghcr.io/acme/shop/backend:1111111")
    _ = try await cluster.client.undo(Cluster.backend, to: 1)
    #expect(cluster.api.shown.image == Self.one)
    let error = await #expect(throws: RolloutError.self) {
      try await cluster.client.undo(Cluster.backend, to: 77)
    }
    #expect(error?.kind == .refused)
    #expect(error?.message.contains("unable to find specified revision 77") == true)
    cluster.api.show { $0.isPaused = true }
    let paused = await #expect(throws: RolloutError.self) {
      try await cluster.client.undo(Cluster.backend, to: nil)
    }
    #expect(paused?.kind == .refused)
  }

  // MARK: Failures

  static let refusals: [(Int, reason: String, message: String, kind: RolloutError.Kind)] = [
    (404, "NotFound", "deployments.apps \"backend\" not found", .missing),
    (403, "Forbidden", "deployments.apps \"backend\" is forbidden: User cannot get", .missing),
    (500, "InternalError", "etcdserver: request timed out", .unavailable),
    (429, "TooManyRequests", "the server is overloaded", .unavailable),
    (503, "ServiceUnavailable", "apiserver is shutting down", .unavailable),
  ]

  @Test("a refusal says what it means, by Kubernetes' own reason", arguments: refusals)
  func refused(
    _ status: Int, _ reason: String, _ message: String, _ kind: RolloutError.Kind
  ) async throws {
    let cluster = try makeCluster()
    cluster.api.refuse(with: (status, reason, message))
    let error = await #expect(throws: RolloutError.self) {
      try await cluster.client.workload(Cluster.backend, inFull: true)
    }
    #expect(error?.kind == kind, "\(error?.message ?? "")")
  }

  @Test("R13: that a token is wrong is said, and it is not shown; nor is it ever an argument")
  func credentials() async throws {
    let cluster = try makeCluster()
    let wrong = try cluster.api.kubeconfig(in: cluster.directory, token: "wr0ng-secret")
    cluster.api.refuse(with: (401, "Unauthorized", "Unauthorized"))
    // A kubectl that writes down how it is called, and is the real one.
    try cluster.directory.write(
      """
      #!/bin/sh
      tr '\\0' ' ' < /proc/$$/cmdline >> "\(cluster.directory.appending("seen"))"
      env >> "\(cluster.directory.appending("seen"))"
      exec /usr/bin/kubectl "$@"

      """, to: "bin/kubectl")
    try await shell("chmod", "755", cluster.directory.appending("bin/kubectl"))
    let client = KubernetesClient(
      cluster.settings(kubeconfig: wrong, path: "\(cluster.directory.path)/bin:/usr/bin:/bin"))
    let error = await #expect(throws: RolloutError.self) {
      try await client.workload(Cluster.backend, inFull: true)
    }
    #expect(error?.kind == .missing)
    #expect(error?.message.contains("check the credentials in `kubernetes.kubeconfig`") == true)
    #expect(error?.message.contains("wr0ng") == false)
    let seen = try String(contentsOfFile: cluster.directory.appending("seen"), encoding: .utf8)
    #expect(seen.contains("KUBECONFIG=\(wrong)") && seen.contains("--raw="))
    #expect(!seen.contains("wr0ng"))
  }

  @Test("a cluster that is not there is asked again; a kubeconfig that is not there is not")
  func absent() async throws {
    let cluster = try makeCluster()
    let lost = KubernetesClient(cluster.settings(kubeconfig: cluster.directory.appending("none")))
    let noFile = await #expect(throws: RolloutError.self) {
      try await lost.workload(Cluster.backend, inFull: false)
    }
    #expect(noFile != nil)
    cluster.api.stop()
    let down = await #expect(throws: RolloutError.self) {
      try await cluster.client.workload(Cluster.backend, inFull: false)
    }
    #expect(down?.kind == .unavailable, "\(down?.message ?? "")")
  }

  // MARK: The fake

  @Test(
    "the fake's objects are valid in Kubernetes' published schemas",
    .enabled(if: Cluster.hasValidator, "needs kubernetes-validate: scripts/setup"))
  func shapes() async throws {
    let cluster = try makeCluster()
    cluster.api.show {
      $0.isPastDeadline = true
      $0.pods = [
        FakeKubernetes.Pod("a", revision: 1),
        FakeKubernetes.Pod("b", revision: 2, waiting: ("ErrImagePull", "why"), restarts: 2),
        FakeKubernetes.Pod("c", revision: 2, unschedulable: "no node"),
      ]
    }
    for (index, object) in cluster.api.objects.enumerated() {
      let file = try cluster.directory.write(object.encoded(), to: "object-\(index).yaml")
      try await shell(Cluster.validator, "--strict", "--quiet", file)
    }
  }
}
