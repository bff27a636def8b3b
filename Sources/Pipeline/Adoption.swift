import DeployModel
import Git
import Logging

/// R14 at first contact: what a kustomization says today becomes its service's `current`, also where
/// it lies in another repository than the source.
struct Adoption {
  let parts: PipelineParts
  let watch: GitWatch

  /// Those services that nobody has looked at yet. As far as it can be: the first commit to a manifest
  /// that cannot be reached will say so, and other services do not wait for it.
  func adopt(_ services: [Service]) async throws(StoreError) {
    var targets: Set<RepositoryBranch> = []
    for service in services {
      let state = try await parts.store.serviceState(service.name)
      if state.current == nil, state.entryName == nil { targets.insert(service.manifest.target) }
    }
    for target in targets {
      guard let mirror = parts.mirrors[target.repository] else { continue }
      do {
        guard let tip = try await mirror.fetch(target.branch) else { continue }
        try await watch.look(at: target, tip: tip)
      } catch let error as StoreError {
        throw error
      } catch {
        parts.logger.warning(
          "what runs could not be read",
          metadata: ["repository": "\(target.repository)", "error": "\(error)"])
      }
    }
  }
}
