import DeployModel
import Git
import Logging
import Synchronization

/// Fetches every branch that is built from or has manifests; compares it with the record (R14), and sees
/// whether pushes were missed (R3).
final class GitLooks: Sendable {
  private let parts: PipelineParts
  private let watch: GitWatch
  private let evaluators: BranchEvaluators
  /// By polls.
  private let underWay = Mutex<Set<RepositoryBranch>>([])

  /// Each is some processes of git's.
  private static let atOnce = 8

  init(parts: PipelineParts, watch: GitWatch, evaluators: BranchEvaluators) {
    self.parts = parts
    self.watch = watch
    self.evaluators = evaluators
  }

  /// - Parameter catchingUp: false to look at manifests alone.
  func round(catchingUp: Bool) async {
    await eachBranch { await self.look($0, catchingUp: catchingUp) }
  }

  /// Not at what an earlier poll waits for still: a remote that is silent delays itself alone.
  func poll() async {
    await eachBranch { branch in
      guard self.underWay.withLock({ $0.insert(branch.target).inserted }) else { return }
      await self.look(branch, catchingUp: true)
      self.underWay.withLock { _ = $0.remove(branch.target) }
    }
  }

  private struct Branch {
    var target: RepositoryBranch
    var hasManifests: Bool
    var isBuiltFrom: Bool
  }

  private func eachBranch(_ look: @escaping @Sendable (Branch) async -> Void) async {
    let configuration = parts.configuration.current
    let manifests = Set(configuration.services.values.map(\.manifest.target))
    let sources = Set(
      configuration.services.values.compactMap { service in
        configuration.repositories[service.repository].map {
          RepositoryBranch(repository: $0.name, branch: $0.branch)
        }
      })
    var waiting = manifests.union(sources).makeIterator()
    await withTaskGroup(of: Void.self) { group in
      func begin() {
        guard let target = waiting.next() else { return }
        let branch = Branch(
          target: target, hasManifests: manifests.contains(target),
          isBuiltFrom: sources.contains(target))
        group.addTask { await look(branch) }
      }
      for _ in 0..<Self.atOnce { begin() }
      while await group.next() != nil { begin() }
    }
  }

  private func look(_ branch: Branch, catchingUp: Bool) async {
    let target = branch.target
    guard let mirror = parts.mirrors[target.repository] else { return }
    do {
      guard let tip = try await mirror.fetch(target.branch) else { return }
      if branch.hasManifests { try await watch.look(at: target, tip: tip) }
      if catchingUp, branch.isBuiltFrom { await evaluators.look(at: target, tip: tip) }
    } catch {
      parts.logger.warning(
        "a branch was not looked at",
        metadata: [
          "repository": "\(target.repository)", "branch": "\(target.branch)", "error": "\(error)",
        ])
    }
  }
}
