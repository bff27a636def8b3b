import FoundationEssentials
import Logging
import Posix
import Synchronization

/// The mirror's directory: made, kept in order, and replaced when it is damaged.
extension Mirror {
  /// Once per life, and again when the directory has gone: a repository with our configuration and
  /// no lock of a dead process.
  func prepare() async throws(GitError) {
    if isInOrder { return }
    try await preparation.join { [self] in
      do throws(GitError) {
        try await putInOrder()
        return .success(())
      } catch {
        return .failure(error)
      }
    }
  }

  private var isInOrder: Bool {
    state.withLock { $0.isPrepared } && Self.isRepository(directory)
  }

  private func putInOrder() async throws(GitError) {
    if isInOrder { return }
    if Self.isRepository(directory) {
      Self.removeLeftovers(in: directory)
      try writeConfiguration(in: directory)
    } else {
      reader.stop()
      try await remove(directory)
      try await make(at: directory)
    }
    let isWhole = FileManager.default.fileExists(atPath: "\(directory)/\(Self.wholeMark)")
    state.withLock {
      $0.isPrepared = true
      $0.isWhole = isWhole
    }
  }

  func make(at path: String, format: String = "sha1") async throws(GitError) {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw .failed("the mirror's directory \(path) could not be made: \(error)")
    }
    let arguments = [
      "init", "--quiet", "--bare", "--template=", "--object-format=\(format)", "--", path,
    ]
    let result = try await git.run(arguments, in: nil, deadline: git.deadlines.local)
    guard result.succeeded else { throw failure(of: arguments, result) }
    try writeConfiguration(in: path, format: format)
  }

  /// Replaces the mirror by a new one that `refresh` has filled; until then, and if the remote
  /// fails too, the old one stays. Callers who saw the same `generation` share one rebuild.
  func rebuild(
    unlessNewerThan generation: Int,
    _ refresh: @escaping @Sendable (_ repository: String) async throws(GitError) -> Void
  ) async throws(GitError) {
    try await rebuilding.join { [self] in
      guard state.withLock({ $0.generation == generation }) else { return .success(()) }
      do throws(GitError) {
        return .success(try await replace(refresh))
      } catch {
        return .failure(error)
      }
    }
  }

  private func replace(
    _ refresh: (_ repository: String) async throws(GitError) -> Void
  ) async throws(GitError) {
    let fresh = "\(directory).new"
    let old = "\(directory).old"
    try await remove(fresh)
    try await remove(old)
    try await make(at: fresh)
    do {
      try await refresh(fresh)
    } catch .corruptMirror(let why) where why.contains("server sha256") {
      try await remove(fresh)
      try await make(at: fresh, format: "sha256")
      try await refresh(fresh)
    }
    if state.withLock(\.isWhole) { try markWhole(fresh) }
    do {
      if FileManager.default.fileExists(atPath: directory) {
        try FileManager.default.moveItem(atPath: directory, toPath: old)
      }
      try FileManager.default.moveItem(atPath: fresh, toPath: directory)
    } catch {
      throw .failed("the damaged mirror \(directory) could not be replaced: \(error)")
    }
    reader.stop()
    state.withLock {
      $0.isSuspect = false
      $0.generation += 1
    }
    try await remove(old)
  }

  func remove(_ path: String) async throws(GitError) {
    guard FileManager.default.fileExists(atPath: path) else { return }
    let child = ChildProcess(
      "rm", ["-rf", "--", path], environment: ["PATH": git.path, "LC_ALL": "C"],
      deadline: git.deadlines.maintenance)
    do {
      let result = try await child.run()
      guard result.succeeded else {
        throw GitError.failed("\(path) could not be removed: \(result.errorText.trimmed)")
      }
    } catch let error as GitError {
      throw error
    } catch let error as ChildError {
      throw GitError(error, doing: "removal")
    } catch {
      throw .failed("\(path) could not be removed")
    }
  }

  private static func isRepository(_ path: String) -> Bool {
    ["HEAD", "objects", "refs", "config"].allSatisfy {
      FileManager.default.fileExists(atPath: "\(path)/\($0)")
    }
  }

  /// The directory is ours alone, so at the start of a life every lock, and every file of ours
  /// that was to live as long as one command, is a dead process's.
  static func removeLeftovers(in directory: String) {
    removeLocks(in: directory)
    for name in names(in: directory)
    where ["slipway-edges-", "slipway-index-", "fast_import_crash_"].contains(
      where: name.hasPrefix)
    {
      removeQuietly("\(directory)/\(name)")
    }
  }

  static func removeLocks(in directory: String) {
    var folders = [directory, "\(directory)/refs", "\(directory)/objects/info"]
    while let folder = folders.popLast() {
      for name in names(in: folder) {
        let path = "\(folder)/\(name)"
        if name.hasSuffix(".lock") {
          removeQuietly(path)
        } else if folder != directory {
          folders.append(path)
        }
      }
    }
  }

  /// Empty for what is no folder, such as a ref.
  private static func names(in folder: String) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      return []
    }
  }

  /// A lock that stays makes git fail and name it; nothing else needs to be said.
  private static func removeQuietly(_ path: String) {
    do { try FileManager.default.removeItem(atPath: path) } catch { return }
  }

  private func writeConfiguration(in path: String, format: String? = nil) throws(GitError) {
    let file = "\(path)/config"
    do {
      // The object format is the one thing that a mirror keeps from how it was made.
      let present = try String(decoding: Data(contentsOf: URL(filePath: file)), as: UTF8.self)
      let isSHA256 = format.map { $0 == "sha256" } ?? present.contains("objectFormat = sha256")
      let wanted = try configuration(isSHA256: isSHA256)
      guard present != wanted else { return }
      try Data(wanted.utf8).write(to: URL(filePath: file), options: .atomic)
    } catch let error as GitError {
      throw error
    } catch {
      throw .failed("the mirror's configuration \(file) could not be written: \(error)")
    }
  }

  private func configuration(isSHA256: Bool) throws(GitError) -> String {
    try GitRemote.check(url: configuredURL)
    let url = configuredURL.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    let format =
      isSHA256
      ? "\trepositoryFormatVersion = 1\n[extensions]\n\tobjectFormat = sha256\n[core]\n"
      : "\trepositoryFormatVersion = 0\n"
    return """
      [core]
      \(format)\tbare = true
      \thooksPath = /dev/null
      \tfileMode = true
      [remote "origin"]
      \turl = "\(url)"
      \ttagOpt = --no-tags
      [gc]
      \tauto = 0
      [maintenance]
      \tauto = false
      [http]
      \tfollowRedirects = false
      \tlowSpeedLimit = 1000
      \tlowSpeedTime = 60
      [advice]
      \tpushUpdateRejected = false
      [fetch]
      \trecurseSubmodules = false
      [fastimport]
      \tunpackLimit = 0

      """
  }
}
