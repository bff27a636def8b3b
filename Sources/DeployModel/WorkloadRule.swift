/// R11 for a service that no Argo CD rolls out: when a deployment is live in Kubernetes.
package enum WorkloadRule {
  /// 1. A pod with our image that cannot start. 2. The template has another image: nobody has applied
  /// the commit. 3. Kubernetes gave up. 4. The rollout is complete, and every replica has our image:
  /// live.
  package static func verdict(on workload: Workload, image: PublishedImage) -> RolloutRule.Verdict {
    if let broken = RolloutRule.brokenPod(workload.pods, image) { return broken }
    guard workload.images.contains(where: { image.isNamed(by: $0) }) else {
      let runs = workload.images.joined(separator: ", ")
      return .waiting(
        "the Deployment \(workload.name) has not got the image yet; it has \(runs)")
    }
    if workload.isPaused { return .waiting("the Deployment \(workload.name) is paused") }
    let (state, words) = workload.progress
    switch state {
    case .complete: return .live
    case .failed: return .failed(words + reason(workload))
    case .progressing: return .waiting(words + reason(workload))
    }
  }

  private static func reason(_ workload: Workload) -> String {
    if !workload.replicaFailure.isEmpty { return " (\(workload.replicaFailure))" }
    let pending = workload.pods.first { $0.reason == "Pending" && !$0.message.isEmpty }
    return pending.map { " (pod \($0.name): \($0.message))" } ?? ""
  }
}
