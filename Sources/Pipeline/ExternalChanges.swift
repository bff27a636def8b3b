import DeployModel
import Git
import Manifests

/// R14: a change of an entry that did not come from a landing, told as a deployment.
struct ExternalChanges {
  let comparison: EntryComparison

  private var service: Service { comparison.service }
  private var state: ServiceState { comparison.state }
  private var parts: PipelineParts { comparison.parts }

  /// - Parameters:
  ///   - entry: nil if nothing names an image any more.
  ///   - owner: whose commit made it so, if it is one of ours.
  func describe(
    _ entry: ManifestEntry?, origin: EntryOrigin, owner: Deployment?, _ reader: inout EntryReader
  ) async throws -> ExternalChange {
    let known = try await known(entry)
    let source = try await source(of: entry, known)
    let leaving = try await current()
    let isBack = try await goesBack(entry, to: source, known, leaving: leaving, &reader)
    let actor = actor(origin, owner: owner)
    let reason = reason(
      entry, origin: origin, owner: owner, leaving: leaving, actor: actor,
      back: isBack ? known : nil, isBack: isBack)
    let now = parts.clock.now()
    return ExternalChange(
      service: service.name, replaces: state.current, actor: actor, reason: reason, source: source,
      image: try await image(entry, known), entry: entry, commit: origin.commit.sha,
      rollbackOf: isBack ? known.map { $0.rollbackOf ?? $0.id } : nil,
      rolledBackFrom: isBack ? leaving?.id : nil, covers: try await covered(by: source),
      hold: isBack ? Hold(until: .nextPush, reason: reason, actor: actor, since: now) : nil,
      at: now)
  }

  private func current() async throws(StoreError) -> Deployment? {
    guard let id = state.current?.deployment else { return nil }
    return try await parts.store.deployment(id)
  }

  // MARK: What it is

  /// The deployment of this service whose image the entry names: one that landed rather than another.
  private func known(_ entry: ManifestEntry?) async throws(StoreError) -> Deployment? {
    guard let entry, let tag = ImageTag(entry.tag), isNamedAsEver(entry) else { return nil }
    var found = try await parts.store.landed(service.name, tag: tag)
    if found == nil { found = try await parts.store.deployment(of: service.name, tag: tag) }
    guard let found, let image = found.image, entry.digest == nil || entry.digest == image.digest
    else { return nil }
    return found
  }

  /// Another name is another image, whatever the tag.
  private func isNamedAsEver(_ entry: ManifestEntry) -> Bool {
    let name = state.entryName ?? ""
    return name.isEmpty || name == entry.name
  }

  private func source(of entry: ManifestEntry?, _ known: Deployment?) async throws -> Source? {
    if let source = known?.source { return source }
    guard let entry else { return nil }
    return try await TagOrigin(parts: parts, service: service).source(named: entry.tag)
  }

  private func image(
    _ entry: ManifestEntry?, _ known: Deployment?
  ) async throws -> PublishedImage? {
    if let image = known?.image { return image }
    guard let entry, isNamedAsEver(entry) else { return nil }
    return await TagOrigin(parts: parts, service: service).image(entry)
  }

  private func covered(by source: Source?) async throws -> CommitSHA? {
    guard let source, let wanted = state.wanted else { return nil }
    return try await isAncestor(wanted, of: source.commit) == true ? wanted : nil
  }

  /// Nil where git cannot say.
  private func isAncestor(_ commit: CommitSHA, of other: CommitSHA) async throws -> Bool? {
    guard let mirror = parts.mirrors[service.repository], try await mirror.contains(commit),
      try await mirror.contains(other)
    else { return nil }
    return try await mirror.isAncestor(commit, of: other)
  }

  // MARK: Which way it goes

  /// 1. By the sources, where both are known and one contains the other. 2. To an image that landed
  /// earlier. 3. To what was there before the deployment that it replaces.
  private func goesBack(
    _ entry: ManifestEntry?, to source: Source?, _ known: Deployment?, leaving: Deployment?,
    _ reader: inout EntryReader
  ) async throws -> Bool {
    guard let entry, let current = state.current else { return false }
    if let new = source?.commit, let old = current.sourceCommit, new != old {
      if try await isAncestor(new, of: old) == true { return true }
      if try await isAncestor(old, of: new) == true { return false }
    }
    if let known, known.state.hasLanded, known.image?.digest != current.digest { return true }
    guard !comparison.isGone, leaving != nil, let commit = current.manifestCommit,
      try await reader.mirror.contains(commit)
    else { return false }
    return try await reader.entry(service.manifest, before: commit) == .entry(entry)
  }

  // MARK: In words

  /// Who committed; for an edit on GitHub's pages, which GitHub commits, its author. Who forced a
  /// branch back is not in git.
  private func actor(_ origin: EntryOrigin, owner: Deployment?) -> String {
    if owner?.state.hasLanded == true || comparison.isGone {
      return pusher ?? (owner == nil ? person(origin.commit) : "unknown")
    }
    return person(origin.commit)
  }

  private var pusher: String? { comparison.pushers[comparison.tip] }

  private func person(_ commit: CommitDetails) -> String {
    let identity =
      commit.committer.email == "noreply@github.com" ? commit.author : commit.committer
    return identity.name.isEmpty ? identity.email : identity.name
  }

  private func reason(
    _ entry: ManifestEntry?, origin: EntryOrigin, owner: Deployment?, leaving: Deployment?,
    actor: String, back known: Deployment?, isBack: Bool
  ) -> String {
    let path = service.manifest.path
    let commit = origin.commit.sha.short()
    let named = entry.map { "names \($0.tag)" } ?? "names no image"
    if let place = leaving?.location, place != service.manifest {
      return "the manifest of \(service.name) is at \(path) now, which \(named) since \(commit)"
    }
    if comparison.isGone, let gone = state.current?.manifestCommit {
      let whose = leaving.map { " of \($0.id)" } ?? ""
      return "the commit \(gone.short())\(whose) is no longer on \(service.manifest.branch) "
        + "(a force push); \(path) \(named), since \(commit)"
    }
    if let owner {
      return "the commit \(commit) of \(owner.id), which had ended as \(owner.state.rawValue), "
        + "is on \(service.manifest.branch) after all"
    }
    let count = origin.changes > 1 ? ", the last of \(origin.changes) changes" : ""
    guard let entry else { return "\(actor) removed the image of \(path) in \(commit)\(count)" }
    let which = known.map { " (\($0.id))" } ?? ""
    return
      "\(actor) set \(path) \(isBack ? "back " : "")to \(entry.tag)\(which) in \(commit)\(count)"
  }
}
