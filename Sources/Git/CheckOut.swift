package import DeployModel
import FoundationEssentials
import Logging

extension Mirror {
  /// R12: what one check-out may list, about a million files.
  private static let listingLimit = 256 << 20

  /// Writes files and directories of a commit to disk, as `git checkout` would, attributes and all
  /// but without filters or submodules' contents. All that must be downloaded comes in one request.
  ///
  /// - Parameters:
  ///   - paths: files or directories, each at its place below `directory`; nothing else is written.
  ///     Throws `noSuchPath` if the commit lacks one.
  ///   - directory: absent or empty; made if absent.
  /// - Throws: `symlinkLeaves` (R13), before anything is written.
  package func checkOut(
    _ commit: CommitSHA, paths: [RepositoryPath], into directory: String
  ) async throws(GitError) {
    try await require([commit])
    for path in paths {
      guard try await entry(at: path.path, in: commit) != nil else {
        throw .noSuchPath(path.description, commit)
      }
    }
    let wanted = paths.contains(where: \.isRoot) ? [] : paths.map(\.path)
    guard !paths.isEmpty else { return try makeEmpty(directory) }
    let listing = try await succeed(
      ["ls-tree", "-r", "-z", "--full-tree", commit.hex, "--"] + wanted,
      outputLimit: Self.listingLimit)
    let files = try TreeListing.parse(listing)
    try await download(files.filter { $0.mode != .submodule }.map(\.id))
    try await refuseEscapes(files)
    try makeEmpty(directory)
    try await write(listing, to: directory)
  }

  private func refuseEscapes(_ files: [TreeListing.File]) async throws(GitError) {
    let links = files.filter { $0.mode == .symlink }
    guard !links.isEmpty else { return }
    let replies = try await ask(links.map { .contents($0.id.hex) })
    var targets: [[UInt8]: [UInt8]] = [:]
    for (link, reply) in zip(links, replies) {
      guard case .object(_, "blob", _, let target) = reply else {
        throw .unreachable("the remote did not send where the link \(link.name) leads")
      }
      targets[link.path] = target
    }
    let check = SymlinkCheck(targets: targets)
    for file in files {
      if let escape = check.escape(of: file.path) {
        throw .symlinkLeaves(
          path: String(decoding: escape.link, as: UTF8.self),
          target: String(decoding: escape.target, as: UTF8.self))
      }
    }
  }

  /// Through an index of its own, which takes the listing as it is.
  private func write(_ listing: [UInt8], to directory: String) async throws(GitError) {
    let index = "\(self.directory)/slipway-index-\(UUID().uuidString)"
    defer { removeIndex(index) }
    let environment = ["GIT_INDEX_FILE": index, "GIT_WORK_TREE": directory]
    _ = try await succeed(
      ["update-index", "-z", "--index-info"], environment: environment, input: listing)
    _ = try await succeed(
      ["checkout-index", "--all", "--force", "--quiet"], environment: environment)
  }

  private func makeEmpty(_ directory: String) throws(GitError) {
    let present: [String]
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true)
      present = try FileManager.default.contentsOfDirectory(atPath: directory)
    } catch {
      throw .failed("\(directory) could not be made: \(error)")
    }
    guard present.isEmpty else { throw .invalid("\(directory) is not empty") }
  }

  private func removeIndex(_ path: String) {
    for file in [path, path + ".lock"] where FileManager.default.fileExists(atPath: file) {
      do {
        try FileManager.default.removeItem(atPath: file)
      } catch {
        logger.warning(
          "an index could not be removed", metadata: ["path": "\(file)", "why": "\(error)"])
      }
    }
  }
}

/// `ls-tree -r -z`: `<mode> <kind> <id> TAB <path> NUL`, again and again. Paths stay bytes.
enum TreeListing {
  struct File {
    var path: [UInt8]
    var mode: FileMode
    var id: ObjectID

    var name: String { String(decoding: path, as: UTF8.self) }
  }

  static func parse(_ listing: [UInt8]) throws(GitError) -> [File] {
    var files: [File] = []
    var start = 0
    while start < listing.count {
      guard let end = listing[start...].firstIndex(of: 0),
        let tab = listing[start..<end].firstIndex(of: UInt8(ascii: "\t"))
      else { throw unreadable() }
      let words = String(decoding: listing[start..<tab], as: UTF8.self).split(separator: " ")
      guard words.count == 3, let mode = FileMode(octal: words[0]), let id = ObjectID(words[2])
      else { throw unreadable() }
      files.append(File(path: Array(listing[(tab + 1)..<end]), mode: mode, id: id))
      start = end + 1
    }
    return files
  }

  private static func unreadable() -> GitError { .failed("git ls-tree wrote something unreadable") }
}
