import DeployModel
import Foundation
import Posix
import Rollouts
import TestKit

/// A cluster that is not one, and the real kubectl to ask it.
struct Cluster {
  static let kubectl = "/usr/bin/kubectl"
  static let validator = Fixtures.packageRoot
    .appending(path: ".build-tools/venv/bin/kubernetes-validate").path
  static let isPossible = FileManager.default.isExecutableFile(atPath: kubectl)
  static let hasValidator = FileManager.default.isExecutableFile(atPath: validator)
  static let backend = KubernetesDeployment(
    namespace: FakeKubernetes.namespace, deployment: "backend")

  let api: FakeKubernetes
  let directory: TemporaryDirectory
  let client: KubernetesClient
  private let kubeconfig: String

  init(_ revisions: [FakeKubernetes.Revision]) throws {
    api = try FakeKubernetes(revisions: revisions)
    directory = try TemporaryDirectory("kubectl")
    kubeconfig = try api.kubeconfig(in: directory)
    client = KubernetesClient(Self.settings(kubeconfig, directory, path: "/usr/bin:/bin"))
  }

  func settings(kubeconfig: String, path: String = "/usr/bin:/bin") -> KubernetesSettings {
    Self.settings(kubeconfig, directory, path: path)
  }

  private static func settings(
    _ kubeconfig: String, _ directory: TemporaryDirectory, path: String
  ) -> KubernetesSettings {
    KubernetesSettings(
      kubeconfig: kubeconfig, context: nil, home: directory.path, path: path, environment: [:])
  }

  /// What people type.
  func kubectl(_ arguments: String...) async throws -> (succeeded: Bool, text: String) {
    let result = try await ChildProcess(
      Self.kubectl, arguments + ["--namespace=\(FakeKubernetes.namespace)"],
      environment: ChildProcess.minimalEnvironment(
        path: "/usr/bin:/bin", home: directory.path, adding: ["KUBECONFIG": kubeconfig]),
      deadline: .seconds(60)
    ).run()
    return (result.succeeded, result.outputText + result.errorText)
  }
}
