import DeployModel
import Git
import Logging
import Manifests

/// R14 at first contact: what the kustomization says today becomes the service's `current`.
struct Adoption {
  let parts: PipelineParts

  /// Those services that nothing is known of yet. As far as it can be: the first commit to a
  /// manifest that cannot be reached will say so, and other services do not wait for it.
  func adopt(_ services: [Service]) async throws(StoreError) {
    var tips: [RepositoryBranch: CommitSHA] = [:]
    for service in services {
      guard try await parts.store.serviceState(service.name).current == nil else { continue }
      let target = RepositoryBranch(
        repository: service.manifest.repository, branch: service.manifest.branch)
      guard let mirror = parts.mirrors[target.repository] else { continue }
      do {
        var tip = tips[target]
        if tip == nil { tip = try await mirror.fetch(target.branch) }
        tips[target] = tip
        if let tip { try await adopt(service, mirror: mirror, at: tip) }
      } catch let error as StoreError {
        throw error
      } catch {
        parts.logger.warning(
          "what runs could not be read",
          metadata: ["service": "\(service.name)", "error": "\(error)"])
      }
    }
  }

  private func adopt(_ service: Service, mirror: Mirror, at tip: CommitSHA) async throws {
    guard let entry = try await entry(service.manifest, mirror: mirror, at: tip),
      let tag = entry.tag
    else { return }
    try await parts.store.adopt(
      CurrentImage(
        deployment: nil, tag: tag, digest: entry.digest.flatMap { ImageDigest($0) },
        sourceCommit: try await source(named: tag, of: service), manifestCommit: nil,
        since: parts.clock.now()),
      for: service.name)
    parts.events.publish(.service(service.name))
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

  /// A tag that abbreviates a commit of the service's branch names its source. The branch has just
  /// been fetched: by the evaluation or the request that this belongs to.
  private func source(named tag: String, of service: Service) async throws -> CommitSHA? {
    guard tag.utf8.count >= 7, let mirror = parts.mirrors[service.repository],
      let branch = parts.configuration.current.repositories[service.repository]?.branch,
      tag.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit })
    else { return nil }
    return try await mirror.resolve(tag, on: branch)
  }
}
