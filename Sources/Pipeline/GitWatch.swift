import DeployModel
import Git
import Logging
import Manifests

/// R14: git is what is deployed. After every fetch of a branch that manifests are on, what each entry
/// says is compared with the record, and where somebody else changed it the record follows.
///
/// One comparison of a branch at a time. Nothing is lost with the process: whatever was not recorded
/// still differs at the next look, and `DeploymentStore.record` refuses what was found against an
/// older record.
actor GitWatch {
  private struct Branch {
    var reader: EntryReader
    /// The tip that was last compared; nil before the first time.
    var tip: CommitSHA?
    /// What was compared there, and where it was.
    var locations: [ServiceName: ManifestLocation] = [:]
    /// To be looked at again, whether git changes or not.
    var unsettled: Set<ServiceName> = []
  }

  private let parts: PipelineParts
  private let changed: @Sendable (ServiceName) -> Void
  private var branches: [RepositoryBranch: Branch] = [:]
  private var atWork: Set<RepositoryBranch> = []
  private var queues: [RepositoryBranch: [CheckedContinuation<Void, Never>]] = [:]

  /// - Parameter changed: called after something was recorded.
  init(parts: PipelineParts, changed: @escaping @Sendable (ServiceName) -> Void) {
    self.parts = parts
    self.changed = changed
  }

  /// - Parameters:
  ///   - tip: what a fetch, or a push of ours, has just found to be the branch's.
  ///   - pushers: who is known to have pushed which commit.
  /// - Returns: services of which it cannot be said yet, since a landing of theirs is in git and not
  ///   in the record.
  @discardableResult
  func look(
    at target: RepositoryBranch, tip: CommitSHA, pushers: [CommitSHA: String] = [:]
  ) async throws -> Set<ServiceName> {
    let services = parts.configuration.current.services(committedTo: target)
    guard !services.isEmpty, let mirror = parts.mirrors[target.repository] else { return [] }
    await enter(target)
    defer { leave(target) }
    var branch = branches[target] ?? Branch(reader: EntryReader(mirror: mirror))
    if branch.reader.mirror !== mirror { branch = Branch(reader: EntryReader(mirror: mirror)) }
    branch.unsettled.formUnion(landed.removeValue(forKey: target) ?? [])
    let marked = branch.unsettled
    let unclear: Set<ServiceName>
    do {
      unclear = try await compare(services, &branch, target: target, at: tip, pushers: pushers)
    } catch {
      // What landed meanwhile is not forgotten either.
      landed[target, default: []].formUnion(marked)
      throw error
    }
    branches[target] = branch
    return unclear
  }

  /// A landing is in the record: what it says is compared with git at the next look.
  func noteLanding(of service: ServiceName, on target: RepositoryBranch) {
    landed[target, default: []].insert(service)
  }

  private var landed: [RepositoryBranch: Set<ServiceName>] = [:]

  private func compare(
    _ services: [Service], _ branch: inout Branch, target: RepositoryBranch, at tip: CommitSHA,
    pushers: [CommitSHA: String]
  ) async throws -> Set<ServiceName> {
    let mirror = branch.reader.mirror
    var suspects = services
    var isForward = false
    if let known = branch.tip, try await mirror.descends(tip, from: known) {
      isForward = true
      suspects = try await changed(services, since: known, at: tip, branch)
    }
    let comparison = BranchComparison(
      parts: parts, target: target, mirror: mirror, pushers: pushers, changed: changed)
    let result = try await comparison.compare(
      suspects, of: services, at: tip, isForward ? nil : branch.tip, &branch.reader)
    branch.tip = result.tip
    branch.locations = Dictionary(uniqueKeysWithValues: services.map { ($0.name, $0.manifest) })
    branch.unsettled = result.unsettled
    return result.unclear
  }

  /// Those whose kustomization changed since, and those that are to be looked at in any case.
  private func changed(
    _ services: [Service], since known: CommitSHA, at tip: CommitSHA, _ branch: Branch
  ) async throws -> [Service] {
    var directories: Set<String> = []
    if known != tip {
      for file in try await branch.reader.mirror.changedFiles(from: known, to: tip)
      where isKustomization(file.path) {
        directories.insert(directory(of: file.path))
      }
    }
    return services.filter {
      branch.locations[$0.name] != $0.manifest || branch.unsettled.contains($0.name)
        || directories.contains($0.manifest.path.path)
    }
  }

  private func directory(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }

  // MARK: One at a time

  private func enter(_ target: RepositoryBranch) async {
    guard !atWork.insert(target).inserted else { return }
    await withCheckedContinuation { queues[target, default: []].append($0) }
  }

  /// Whoever waits longest is next, without anybody in between.
  private func leave(_ target: RepositoryBranch) {
    if queues[target]?.isEmpty == false {
      queues[target]?.removeFirst().resume()
    } else {
      queues[target] = nil
      atWork.remove(target)
    }
  }
}
