import DeployModel
import FoundationEssentials
import Glibc

/// The context directory and the Dockerfile of a request, found within the checked-out repository:
/// R13, symbolic links included.
struct BuildSources {
  let context: String
  let dockerfile: [UInt8]
  /// What `NAME.dockerignore` beside the Dockerfile says, which then holds instead of the context's.
  let ignored: [UInt8]?

  /// No Dockerfile comes near this; a link to something endless would.
  private static let dockerfileLimit = 1 << 20

  init(_ request: BuildRequest) throws(BuildError) {
    let specification = request.specification
    guard let root = Self.resolve(request.sourceRoot) else {
      throw BuildError(
        code: .sourceUnavailable, message: "the checked-out source is gone",
        disposition: .retry(after: nil))
    }
    context = try Self.find(
      specification.context, in: root, as: "directory", missing: .contextMissing)
    dockerfile = try Self.read(specification.dockerfile, in: root)
    let beside = RepositoryPath("\(specification.dockerfile.path).dockerignore")
    ignored =
      if let beside, FileManager.default.fileExists(atPath: "\(root)/\(beside.path)") {
        try Self.read(beside, in: root)
      } else {
        nil
      }
  }

  private static func read(
    _ path: RepositoryPath, in root: String
  ) throws(BuildError) -> [UInt8] {
    let file = try find(path, in: root, as: "file", missing: .dockerfileMissing)
    guard let bytes = FileManager.default.contents(atPath: file) else {
      throw BuildError(
        code: .dockerfileMissing, message: "\(path) cannot be read", disposition: .giveUp)
    }
    return Array(bytes)
  }

  private static func find(
    _ path: RepositoryPath, in root: String, as kind: String, missing: FailureCode
  ) throws(BuildError) -> String {
    let written = path.isRoot ? root : "\(root)/\(path.path)"
    guard let resolved = resolve(written) else {
      throw BuildError(
        code: missing, message: "\(path) does not exist in the source", disposition: .giveUp)
    }
    guard resolved == root || resolved.hasPrefix(root + "/") else {
      throw BuildError(
        code: .unsafePath, message: "\(path) leads out of the repository through a symbolic link",
        disposition: .giveUp)
    }
    var status = stat()
    guard stat(resolved, &status) == 0,
      status.st_mode & S_IFMT == (kind == "file" ? S_IFREG : S_IFDIR)
    else {
      throw BuildError(code: missing, message: "\(path) is not a \(kind)", disposition: .giveUp)
    }
    guard kind == "directory" || status.st_size <= dockerfileLimit else {
      throw BuildError(
        code: .buildFailed, message: "\(path) is larger than \(dockerfileLimit) bytes",
        disposition: .giveUp)
    }
    return resolved
  }

  private static func resolve(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
