import DeployModel
import Git
import Logging
import Manifests

/// R14 at first contact: what the kustomization says today becomes the service's `current`.
struct Adoption {
  let parts: PipelineParts

  func adopt(_ service: Service) async throws {
    guard try await parts.store.serviceState(service.name).current == nil,
      let mirror = parts.mirrors[service.manifest.repository],
      let tip = try await mirror.fetch(service.manifest.branch)
    else { return }
    guard let entry = try await entry(service.manifest, mirror: mirror, at: tip),
      let tag = entry.tag
    else { return }
    try await parts.store.adopt(
      CurrentImage(
        deployment: nil, tag: tag, digest: entry.digest.flatMap { ImageDigest($0) },
        sourceCommit: try await source(named: tag, of: service), manifestCommit: nil,
        since: parts.clock.now()),
      for: service.name)
  }

  /// Nil too where the kustomization is missing or malformed: the first commit to it will say so.
  private func entry(
    _ location: ManifestLocation, mirror: Mirror, at tip: CommitSHA
  ) async throws -> KustomizationEntry? {
    do {
      let names = try await mirror.list(location.path, at: tip).map(\.name)
      let name = try KustomizationFile.locate(in: names)
      guard let file = try await mirror.file(location.path.appending(name), at: tip) else {
        return nil
      }
      return try KustomizationFile.read(file.bytes, image: location.imageName)
    } catch GitError.noSuchPath {
      return nil
    } catch let error as KustomizationError {
      parts.logger.notice(
        "what runs could not be read",
        metadata: ["path": "\(location.path)", "error": "\(error)"])
      return nil
    }
  }

  /// A tag that abbreviates a commit of the service's branch names its source.
  private func source(named tag: String, of service: Service) async throws -> CommitSHA? {
    guard tag.utf8.count >= 7, let mirror = parts.mirrors[service.repository],
      let branch = parts.configuration.current.repositories[service.repository]?.branch,
      tag.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
      try await mirror.fetch(branch) != nil
    else { return nil }
    return try await mirror.resolve(tag, on: branch)
  }
}

extension Adoption {
  func adoptIfNew(_ name: ServiceName) async throws {
    guard let service = parts.configuration.current.services[name] else { return }
    try await adopt(service)
  }
}
