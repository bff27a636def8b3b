/// `kubernetes:`, how kubectl reaches the cluster.
struct KubernetesAccess: Hashable, Sendable {
  /// A file, absolute; nil: the service account of the pod that this runs in.
  var kubeconfig: String?
  var context: String?
}

extension KubernetesAccess {
  /// What Kubernetes tells every pod.
  static let podVariable = "KUBERNETES_SERVICE_HOST"

  init?(_ section: Section) {
    let kubeconfig = section.required(
      "kubeconfig", .readableFile, "name the file with the cluster's address and credentials")
    let context = section.value("context", .line("a context's name"))
    guard let kubeconfig else { return nil }
    self.init(kubeconfig: kubeconfig.value, context: context)
  }

  /// Without a section: that of the pod, where this runs in one.
  static func ofPod(_ environment: [String: String]) -> KubernetesAccess? {
    environment[podVariable].map { _ in KubernetesAccess() }
  }
}
