package import DeployModel
package import Git

/// What a branch says of one image.
package enum EntryReading: Hashable, Sendable {
  case entry(ManifestEntry)
  /// Nothing there names an image: no directory, no kustomization, no entry, or one that says neither
  /// tag nor digest.
  case absent(why: String)
  /// kustomize refuses it too, so what ran before goes on running.
  case unreadable(why: String)
}

/// Reads image entries at any commit; files that did not change are read once.
package struct EntryReader: Sendable {
  package let mirror: Mirror
  private var files: ManifestFiles

  package init(mirror: Mirror) {
    self.mirror = mirror
    files = ManifestFiles(mirror: mirror)
  }

  /// In the order of `locations`, all of this mirror's repository.
  package mutating func read(
    _ locations: [ManifestLocation], at commit: CommitSHA
  ) async throws(GitError) -> [EntryReading] {
    try await files.load(Set(locations.map(\.path)), at: commit)
    return locations.map { location in reading(of: location) }
  }

  private func reading(of location: ManifestLocation) -> EntryReading {
    switch files[location.path] {
    case nil: .unreadable(why: "\(location.path) was not read; this is a defect")
    case .failure(let cause):
      cause.code == .kustomizationMissing
        ? .absent(why: cause.message) : .unreadable(why: cause.message)
    case .success(let file): Self.reading(of: location.imageName, in: file)
    }
  }

  private static func reading(of image: String, in file: ManifestFile) -> EntryReading {
    do throws(KustomizationError) {
      guard let found = try KustomizationFile.read(file.bytes, image: image) else {
        return .absent(why: "\(file.path) has no entry for \(image)")
      }
      let digest = found.digest.flatMap { ImageDigest($0) }
      guard let tag = found.tag ?? digest?.text else {
        return .absent(why: "the entry for \(image) in \(file.path) has no tag")
      }
      return .entry(ManifestEntry(name: found.newName ?? image, tag: tag, digest: digest))
    } catch {
      return .unreadable(why: error.description(at: file.path))
    }
  }
}
