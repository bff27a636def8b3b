package import DeployModel
import FoundationEssentials
import Logging
import Posix
import Synchronization

extension Mirror {
  /// Makes commits, each on top of the one before, in one `git fast-import` process, and signs
  /// them where the mirror has a signer. They are in the object database and on no branch; an
  /// unchanged file makes an empty commit.
  ///
  /// - Returns: one per plan, in order.
  package func write(
    _ commits: [PlannedCommit], onto parent: CommitSHA
  ) async throws(GitError) -> [WrittenCommit] {
    guard !commits.isEmpty else { return [] }
    try await require([parent])
    let stream = try FastImportStream(commits, onto: parent)
    let edges = "\(directory)/slipway-edges-\(UUID().uuidString)"
    let arguments = ["fast-import", "--quiet", "--export-pack-edges=\(edges)"]
    defer { removeFile(edges) }
    let result = try await local(arguments, input: stream.bytes)
    guard result.succeeded else { throw failure(of: arguments, result) }
    var written = try stream.read(result.output)
    try markAsPromisor(edges: edges)
    if let signer { written = try await sign(written, onto: parent, by: signer) }
    if let head = written.last?.commit {
      state.withLock { $0.written = $0.written.suffix(15) + [(head, parent)] }
    }
    return written
  }

  /// What we write stands on trees whose blobs only the remote has. git's check after a fetch
  /// walks the whole repository if the fetched tip is in a pack that does not say so.
  private func markAsPromisor(edges: String) throws(GitError) {
    do {
      let text = try String(decoding: Data(contentsOf: URL(filePath: edges)), as: UTF8.self)
      for line in text.split(separator: "\n") {
        guard let end = line.firstRange(of: ".pack:") else { continue }
        let marker = "\(line[..<end.lowerBound]).promisor"
        try Data().write(to: URL(filePath: marker))
      }
    } catch {
      throw .failed("the new commits' pack could not be marked: \(error)")
    }
  }

  private func removeFile(_ path: String) {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      logger.debug("no list of packs to remove", metadata: ["path": "\(path)"])
    }
  }
}

/// The input of one `git fast-import` and how to read what it prints (git-fast-import(1)).
struct FastImportStream {
  /// A ref only for the length of the run: the stream deletes it at its end.
  private static let ref = "refs/slipway-import"

  private(set) var bytes: [UInt8] = []
  private let commits: [PlannedCommit]

  init(_ commits: [PlannedCommit], onto parent: CommitSHA) throws(GitError) {
    self.commits = commits
    let ref = "\(Self.ref)/\(UUID().uuidString)"
    line("feature done")
    for (index, commit) in commits.enumerated() {
      let mark = index + 1
      let seconds = commit.time.milliseconds / 1000
      line("commit \(ref)")
      line("mark :\(mark)")
      line("committer \(commit.author.name) <\(commit.author.email)> \(seconds) +0000")
      data(Array(commit.message.utf8))
      line(index == 0 ? "from \(parent)" : "from :\(mark - 1)")
      for file in commit.files {
        guard file.mode != .directory, file.mode != .submodule else {
          throw .invalid("\(file.path) is not a file")
        }
        line("M \(file.mode.rawValue) inline \(try Self.quoted(file.path))")
        data(file.bytes)
      }
      line("")
      line("get-mark :\(mark)")
      for file in commit.files { line("ls :\(mark) \(try Self.quoted(file.path))") }
    }
    line("reset \(ref)")
    line("from \(String(repeating: "0", count: parent.hex.utf8.count))")
    line("")
    line("done")
  }

  /// Per commit, one line with its id, then one line `<mode> blob <id> TAB <path>` per file.
  func read(_ output: [UInt8]) throws(GitError) -> [WrittenCommit] {
    var lines = String(decoding: output, as: UTF8.self).split(separator: "\n").makeIterator()
    var written: [WrittenCommit] = []
    for commit in commits {
      guard let sha = lines.next().flatMap({ CommitSHA($0) }) else { throw unreadable() }
      var blobs: [String: ObjectID] = [:]
      for file in commit.files {
        guard let words = lines.next()?.split(separator: " ", maxSplits: 2), words.count == 3,
          let id = ObjectID(words[2].prefix { $0 != "\t" })
        else { throw unreadable() }
        blobs[file.path] = id
      }
      written.append(WrittenCommit(commit: sha, blobs: blobs))
    }
    return written
  }

  private mutating func line(_ text: String) {
    bytes += text.utf8
    bytes.append(UInt8(ascii: "\n"))
  }

  private mutating func data(_ contents: [UInt8]) {
    line("data \(contents.count)")
    bytes += contents
    bytes.append(UInt8(ascii: "\n"))
  }

  /// C style, always quoted: no path can end a command or look like another.
  static func quoted(_ path: String) throws(GitError) -> String {
    guard let checked = RepositoryPath(path), checked.path == path else {
      throw .invalid("not a path in a repository: \(path.debugDescription)")
    }
    var text = "\""
    for scalar in path.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }

  private func unreadable() -> GitError { .failed("git fast-import answered unreadably") }
}
