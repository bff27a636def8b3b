import DeployModel
import Git

/// What one diff says.
struct StepVerdict: Sendable {
  var outcome: DeliveryOutcome
  var reason: String
  var matches: [ServiceMatch]
  /// The newest commit of the step that is not ours; nil if every one is.
  var source: Source?
}

/// One diff, `base..after`: whose commits it holds, whether it is skipped, which services it
/// touches.
struct StepEvaluation {
  let step: PushPlan.Step
  let target: RepositoryBranch
  let mirror: Mirror
  let store: any DeploymentStore
  let configuration: PipelineConfiguration

  func verdict() async throws -> StepVerdict {
    guard let newest = try await newestForeignCommit() else {
      return StepVerdict(
        outcome: .ignored, reason: "every commit of this push is Slipway's own", matches: [],
        source: nil)
    }
    let source = Source(
      repository: target.repository, branch: target.branch, commit: newest.sha,
      subject: newest.subject, author: newest.author.name, committedAt: newest.committedAt)
    let matches = try await matches()
    if let word = SkipRules.instruction(in: newest.message) {
      return StepVerdict(
        outcome: .skipped, reason: "\(newest.sha.short()) says \(word)", matches: matches,
        source: source)
    }
    let names = matches.filter(\.triggered).map(\.service.name)
    return StepVerdict(
      outcome: names.isEmpty ? .noneMatched : .deployed,
      reason: names.isEmpty
        ? "no changed file is matched by a service's paths"
        : "triggered \(names.joined(separator: ", "))",
      matches: matches, source: source)
  }

  private func newestForeignCommit() async throws -> CommitDetails? {
    guard let repository = configuration.repositories[target.repository] else { return nil }
    return try await ForeignCommits(mirror: mirror, store: store, repository: repository)
      .newest(from: step.base, to: step.after)
  }

  func matches() async throws -> [ServiceMatch] {
    let services = configuration.services(builtFrom: target)
    guard let base = step.base else {
      return services.map {
        ServiceMatch(
          service: $0.name, triggered: true, file: nil, pattern: nil,
          reason: "neither the mirror nor the remote has the commit to compare with")
      }
    }
    let files = ChangedFiles(try await foreignFiles(since: base))
    return services.map { service in
      guard let match = service.filter.firstMatch(in: files) else {
        return ServiceMatch(
          service: service.name, triggered: false, file: nil, pattern: nil,
          reason: files.count == 0
            ? "no file changed" : "none of \(files.count) changed files is matched")
      }
      return ServiceMatch(
        service: service.name, triggered: true, file: match.file, pattern: match.pattern,
        reason: "\(match.file) is matched by \(match.pattern)")
    }
  }

  /// The changed files that count; none where there is nothing to compare with.
  func foreignFiles() async throws -> [String] {
    guard let base = step.base else { return [] }
    return try await foreignFiles(since: base)
  }

  /// R3: a kustomization whose blob is one that Slipway wrote is not a changed file.
  private func foreignFiles(since base: CommitSHA) async throws -> [String] {
    let changes = try await mirror.changedFiles(from: base, to: step.after)
    let suspects = changes.compactMap { change in
      change.newBlob.flatMap { blob in
        isKustomization(change.path) ? ManifestBlob(path: change.path, blob: blob.hex) : nil
      }
    }
    guard !suspects.isEmpty else { return changes.map(\.path) }
    let ours = try await store.ownBlobs(among: suspects, repository: target.repository)
    return changes.filter { change in
      guard let blob = change.newBlob else { return true }
      return !ours.contains(ManifestBlob(path: change.path, blob: blob.hex))
    }.map(\.path)
  }
}

/// One of the three names that kustomize reads.
func isKustomization(_ path: String) -> Bool {
  let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
  let name = slash.map { path[path.utf8.index(after: $0)...] } ?? path[...]
  return name == "kustomization.yaml" || name == "kustomization.yml" || name == "Kustomization"
}
