import DeployModel
import Git
import Manifests

/// R14 at first contact: what the kustomization says today becomes the service's `current`.
struct Adoption {
  let parts: PipelineParts

  func adopt(_ service: Service) async throws {
    guard try await parts.store.serviceState(service.name).current == nil,
      let mirror = parts.mirrors[service.manifest.repository],
      let tip = try await mirror.fetch(service.manifest.branch)
    else { return }
    guard let entry = try await ManifestReader(mirror: mirror).entry(service.manifest, at: tip),
      let tag = entry.tag
    else { return }
    try await parts.store.adopt(
      CurrentImage(
        deployment: nil, tag: tag, digest: entry.digest.flatMap { ImageDigest($0) },
        sourceCommit: try await source(named: tag, of: service), manifestCommit: nil,
        since: parts.clock.now()),
      for: service.name)
  }

  /// A tag that abbreviates a commit of the service's branch names its source.
  private func source(named tag: String, of service: Service) async throws -> CommitSHA? {
    guard tag.utf8.count >= 7, let mirror = parts.mirrors[service.repository],
      let branch = parts.configuration.current.repositories[service.repository]?.branch,
      let tip = try await mirror.fetch(branch),
      let commit = try await mirror.resolve(tag, on: branch),
      try await mirror.isAncestor(commit, of: tip)
    else { return nil }
    return commit
  }
}

extension Adoption {
  func adoptIfNew(_ name: ServiceName) async throws {
    guard let service = parts.configuration.current.services[name] else { return }
    try await adopt(service)
  }
}
