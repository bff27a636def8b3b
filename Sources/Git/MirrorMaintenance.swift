import FoundationEssentials
import Posix

extension Mirror {
  /// Packs beyond this many slow every look-up down; each fetch and each write adds one.
  package static let packLimit = 200

  /// Whether it is time for `maintain()`. Cheap.
  package var needsMaintenance: Bool {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: "\(directory)/objects/pack")
        .count { $0.hasSuffix(".pack") } > Self.packLimit
    } catch {
      return false
    }
  }

  /// Folds packs and drops what nothing has named for two weeks. Everything else may go on
  /// meanwhile.
  package func maintain() async throws(GitError) {
    let arguments = [
      "-c", "remote.origin.promisor=true", "-c", "remote.origin.partialCloneFilter=blob:none",
      "gc", "--quiet", "--prune=2.weeks.ago",
    ]
    let result = try await git.run(
      arguments, in: directory, deadline: git.deadlines.maintenance)
    guard result.succeeded else { throw failure(of: arguments, result) }
  }
}
