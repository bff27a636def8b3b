import DeployModel
import Git

/// What a tag that somebody else wrote stands for.
struct TagOrigin {
  let parts: PipelineParts
  let service: Service

  /// A registry that does not answer soon leaves the image unknown; writers wait for this.
  private static let patience = Duration.seconds(3)

  /// A tag that is, or abbreviates, a commit of the service's branch names its source: `e5c2216`,
  /// `sha-<40 digits>`, and either with the number of a rebuild. As last fetched: nobody is asked.
  func source(named tag: String) async throws -> Source? {
    guard let mirror = parts.mirrors[service.repository],
      let branch = parts.configuration.current.repositories[service.repository]?.branch
    else { return nil }
    var digits = Substring(tag.hasPrefix("sha-") ? String(tag.dropFirst(4)) : tag)
    if let dash = digits.firstIndex(of: "-"), Int(digits[digits.index(after: dash)...]) != nil {
      digits = digits[..<dash]
    }
    guard digits.utf8.count >= 7, let commit = try await mirror.known(String(digits), on: branch)
    else { return nil }
    let details = try await mirror.commit(commit)
    return Source(
      repository: service.repository, branch: branch, commit: commit, subject: details.subject,
      author: details.author.name, committedAt: details.committedAt)
  }

  /// The image that the registry has under it, if it says so at once.
  func image(_ entry: ManifestEntry) async -> PublishedImage? {
    guard let tag = ImageTag(entry.tag), ImageRepository(entry.name) == service.image else {
      return nil
    }
    guard let digest = await digest(of: tag), entry.digest == nil || entry.digest == digest else {
      return nil
    }
    return PublishedImage(repository: service.image, tag: tag, digest: digest, tags: [tag])
  }

  private func digest(of tag: ImageTag) async -> ImageDigest? {
    let (registry, clock, repository) = (parts.registry, parts.clock, service.image)
    return await withTaskGroup(of: ImageDigest?.self) { group in
      group.addTask {
        do {
          return try await registry.digest(of: tag, in: repository)
        } catch {
          return nil
        }
      }
      group.addTask {
        do {
          try await clock.sleep(for: Self.patience)
        } catch {
          return nil
        }
        return nil
      }
      defer { group.cancelAll() }
      return await group.next() ?? nil
    }
  }
}
