import DeployModel
import Git
import Logging
import Manifests

/// R14 for one service: what its entry says at one tip, and what the record says.
struct EntryComparison {
  let parts: PipelineParts
  let service: Service
  let state: ServiceState
  let reading: EntryReading
  let tip: CommitSHA
  /// The commit that the record names is not on the branch.
  let isGone: Bool
  let mirror: Mirror
  let pushers: [CommitSHA: String]

  enum Outcome {
    case asRecorded
    /// A deployment was recorded.
    case changed
    /// A commit of ours made it so that is not in the record yet: whoever pushed it records it.
    case landing
    /// The same, and somebody changed it again on top: what counts is not known before.
    case unclear
  }

  /// 1. What kustomize refuses too changes nothing. 2. First contact adopts. 3. As recorded. 4. A
  /// landing of ours that is not recorded yet. 5. Somebody else's change, once.
  func settle(_ reader: inout EntryReader) async throws -> Outcome {
    let entry: ManifestEntry?
    switch reading {
    case .unreadable(let why):
      parts.logger.notice(
        "what git says of a service cannot be read",
        metadata: ["service": "\(service.name)", "why": "\(why)"])
      return .asRecorded
    case .absent: entry = nil
    case .entry(let found): entry = found
    }
    if state.current == nil, state.entryName == nil {
      try await adopt(entry)
      return .changed
    }
    // Configured anew, and not there yet: what was deployed before it still is.
    if entry == nil, try await hasMoved() { return .asRecorded }
    if !isGone, isAsRecorded(entry) {
      if let entry, (state.entryName ?? "").isEmpty { try await noteName(of: entry) }
      return .asRecorded
    }
    let origin = try await reader.origin(
      of: reading, service.manifest, at: tip,
      since: isGone ? nil : state.current?.manifestCommit)
    let owner = try await parts.store.deployment(
      intending: origin.commit.sha, in: service.manifest.repository)
    if let owner, !owner.state.isFinal {
      try await letLand(owner)
      return .landing
    }
    if try await isLanding() { return .unclear }
    let change = try await ExternalChanges(comparison: self).describe(
      entry, origin: origin, owner: owner, &reader)
    guard let recorded = try await parts.store.record(change) else { return .unclear }
    parts.logger.notice(
      "git was changed by somebody else",
      metadata: ["deployment": "\(recorded.id)", "reason": "\(recorded.reason)"])
    return .changed
  }

  private func hasMoved() async throws(StoreError) -> Bool {
    guard let id = state.current?.deployment,
      let place = try await parts.store.deployment(id)?.location
    else { return false }
    return place != service.manifest
  }

  private func isAsRecorded(_ entry: ManifestEntry?) -> Bool {
    guard let current = state.current else { return entry == nil }
    guard let entry, entry.names(current) else { return false }
    let known = state.entryName ?? ""
    return known.isEmpty || known == entry.name
  }

  private func adopt(_ entry: ManifestEntry?) async throws {
    var image: CurrentImage?
    if let entry {
      let source = try await TagOrigin(parts: parts, service: service).source(named: entry.tag)
      image = CurrentImage(
        deployment: nil, tag: entry.tag, digest: entry.digest, sourceCommit: source?.commit,
        manifestCommit: nil, since: parts.clock.now())
    }
    try await parts.store.adopt(image, entryName: entry?.name ?? "", for: service.name)
    parts.events.publish(.service(service.name))
  }

  private func noteName(of entry: ManifestEntry) async throws(StoreError) {
    try await parts.store.adopt(nil, entryName: entry.name, for: service.name)
  }

  /// Its push was given up, and arrived: it goes back to its writer, which finds the commit.
  private func letLand(_ deployment: Deployment) async throws(StoreError) {
    guard deployment.state == .held else { return }
    do {
      try await parts.store.advance(
        deployment.id,
        DeploymentChange(
          from: [.held], to: .committing, at: parts.clock.now(),
          reason: "its commit is on \(service.manifest.branch) after all", released: true))
    } catch .conflict {
      // It has moved on by itself.
    }
  }

  /// Below the change lies a commit of ours that its writer has yet to record. Recorded in the wrong
  /// order, it would count as what is deployed.
  private func isLanding() async throws -> Bool {
    var intended: [CommitSHA] = []
    for id in state.inFlight {
      guard try await parts.store.deployment(id)?.state == .committing else { continue }
      intended += try await parts.store.intents(for: id)
        .filter { $0.target == service.manifest.target }.map(\.commit)
    }
    guard !intended.isEmpty else { return false }
    return try await !mirror.ancestors(among: intended, of: tip).isEmpty
  }
}
