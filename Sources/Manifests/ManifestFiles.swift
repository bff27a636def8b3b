import DeployModel
import Git

/// One service's kustomization, as a commit has it.
struct ManifestFile: Hashable {
  var path: String
  var bytes: [UInt8]
  var mode: FileMode
}

/// The kustomizations of a branch, read once and again only where the branch changed them, so that
/// a lost race costs no more than what the winner touched.
struct ManifestFiles: Sendable {
  let mirror: Mirror
  private var files: [RepositoryPath: Known] = [:]

  /// What a directory held; true for as long as it has the same tree.
  private struct Known: Sendable {
    var tree: ObjectID?
    var file: Result<ManifestFile, DeploymentFailure.Cause>
  }

  init(mirror: Mirror) { self.mirror = mirror }

  subscript(directory: RepositoryPath) -> Result<ManifestFile, DeploymentFailure.Cause>? {
    files[directory]?.file
  }

  /// Reads what is not known at `tip`: directories one by one (trees are at hand), files together
  /// (a blobless mirror asks the remote for them).
  mutating func load(
    _ directories: Set<RepositoryPath>, at tip: CommitSHA
  ) async throws(GitError) {
    let ordered = Array(directories)
    let trees = try await mirror.objectIDs(of: ordered, at: tip)
    var wanted: [(directory: RepositoryPath, tree: ObjectID?, path: String)] = []
    for (directory, tree) in zip(ordered, trees) {
      if let known = files[directory], known.tree == tree { continue }
      switch try await locate(in: directory, at: tip) {
      case .success(let name): wanted.append((directory, tree, directory.appending(name)))
      case .failure(let cause): files[directory] = Known(tree: tree, file: .failure(cause))
      }
    }
    guard !wanted.isEmpty else { return }
    let found = try await read(wanted.map(\.path), at: tip)
    for (place, file) in zip(wanted, found) {
      files[place.directory] = Known(
        tree: place.tree, file: file.flatMap { Self.checked($0, at: place.path) })
    }
  }

  private func locate(
    in directory: RepositoryPath, at tip: CommitSHA
  ) async throws(GitError) -> Result<String, DeploymentFailure.Cause> {
    do throws(GitError) {
      let names = try await mirror.list(directory, at: tip).map(\.name)
      do throws(KustomizationError) {
        return .success(try KustomizationFile.locate(in: names))
      } catch {
        return .failure(.init(code: error.code, message: error.description(at: "\(directory)")))
      }
    } catch .noSuchPath {
      return .failure(
        .init(
          code: .kustomizationMissing,
          message: "there is no directory \(directory) on the branch; "
            + "add it, or correct the service's manifest.path"))
    } catch .tooLarge(let why) {
      return .failure(.init(code: .kustomizationInvalid, message: why))
    }
  }

  /// All at once; if one of them cannot be read at all, each on its own, so that it fails alone.
  private func read(
    _ paths: [String], at tip: CommitSHA
  ) async throws(GitError) -> [Result<GitFile?, DeploymentFailure.Cause>] {
    do throws(GitError) {
      return try await mirror.files(paths, at: tip).map { .success($0) }
    } catch .tooLarge(let why) {
      guard paths.count > 1 else {
        return [.failure(.init(code: .kustomizationInvalid, message: why))]
      }
    }
    var results: [Result<GitFile?, DeploymentFailure.Cause>] = []
    for path in paths { results += try await read([path], at: tip) }
    return results
  }

  private static func checked(
    _ file: GitFile?, at path: String
  ) -> Result<ManifestFile, DeploymentFailure.Cause> {
    guard let file else {
      return .failure(
        .init(
          code: .kustomizationMissing,
          message: "\(path): this is a directory; put a kustomization there"))
    }
    guard file.mode.isFile else {
      return .failure(
        .init(
          code: .kustomizationInvalid,
          message: "\(path): this is a symbolic link; point the service's manifest.path to "
            + "the directory that it leads to"))
    }
    return .success(ManifestFile(path: path, bytes: file.bytes, mode: file.mode))
  }
}

extension DeploymentFailure {
  /// A failure without its stage, which is the writer's own.
  struct Cause: Error, Hashable {
    var code: FailureCode
    var message: String
  }

  static func committing(_ cause: Cause) -> DeploymentFailure {
    DeploymentFailure(stage: .committing, code: cause.code, message: cause.message)
  }
}
