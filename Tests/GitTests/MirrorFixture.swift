import DeployModel
import Git
import Logging
import TestKit

/// A mirror of an origin in a directory of its own.
struct MirrorFixture: Sendable {
  let directory: TemporaryDirectory
  let mirror: Mirror
  var path: String { mirror.directory }

  init(of remote: GitRemote, git: GitProgram = GitProgram()) throws {
    directory = try TemporaryDirectory("mirror")
    mirror = Mirror(
      directory: directory.appending("mirror.git"), remote: remote, git: git,
      logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
  }

  /// Of the next process, on the same directory.
  func another(remote: GitRemote) -> Mirror {
    Mirror(
      directory: path, remote: remote, git: GitProgram(),
      logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
  }

  init(of origin: GitOrigin) throws { try self.init(of: origin.remote) }
}

extension BranchName {
  static func named(_ name: String) -> BranchName {
    guard let branch = BranchName(name) else { preconditionFailure("not a branch: \(name)") }
    return branch
  }
}

extension RepositoryPath {
  static func at(_ path: String) -> RepositoryPath {
    guard let path = RepositoryPath(path) else { preconditionFailure("not a path: \(path)") }
    return path
  }
}
