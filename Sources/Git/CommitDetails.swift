package import DeployModel

package struct GitIdentity: Hashable, Sendable {
  package let name: String
  package let email: String

  /// Nil if git would not take it: an empty e-mail address, or an angle bracket or control
  /// character in either.
  package init?(name: String, email: String) {
    for text in [name, email] {
      guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }),
        !text.utf8.contains(UInt8(ascii: "<")), !text.utf8.contains(UInt8(ascii: ">"))
      else { return nil }
    }
    guard !email.isEmpty else { return nil }
    self.name = name
    self.email = email
  }

  /// As a commit object has it, where anything may stand.
  init(recordedName name: String, email: String) {
    self.name = name
    self.email = email
  }
}

/// A commit as its object says it. Bytes that are no UTF-8 are replaced.
package struct CommitDetails: Hashable, Sendable {
  package var sha: CommitSHA
  package var tree: ObjectID
  /// The first is the branch that the others were merged into.
  package var parents: [CommitSHA]
  package var author: GitIdentity
  package var committer: GitIdentity
  package var committedAt: Timestamp
  /// Whole, with its trailers.
  package var message: String

  /// The message's first line.
  package var subject: String {
    String(
      decoding: message.utf8.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") },
      as: UTF8.self)
  }
}

extension CommitDetails {
  /// A commit object: header lines `key SP value LF`, a continued line begins with a space (a
  /// signature), then an empty line and the message.
  init?(sha: CommitSHA, object: [UInt8]) {
    var tree: ObjectID?
    var parents: [CommitSHA] = []
    var author: GitIdentity?
    var committer: (identity: GitIdentity, time: Timestamp)?
    var rest = object[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line = rest[..<end]
      rest = rest[(end + 1)...]
      if line.isEmpty { break }
      guard let space = line.firstIndex(of: UInt8(ascii: " ")), space > line.startIndex else {
        continue
      }
      let value = String(decoding: line[(space + 1)...], as: UTF8.self)
      switch String(decoding: line[..<space], as: UTF8.self) {
      case "tree": tree = ObjectID(value)
      case "parent": if let parent = CommitSHA(value) { parents.append(parent) }
      case "author" where author == nil: author = Self.signature(value)?.identity
      case "committer" where committer == nil: committer = Self.signature(value)
      default: break
      }
    }
    guard let tree, let author, let committer else { return nil }
    self.init(
      sha: sha, tree: tree, parents: parents, author: author, committer: committer.identity,
      committedAt: committer.time, message: String(decoding: rest, as: UTF8.self))
  }

  /// `Name <email> seconds zone`.
  private static func signature(_ text: String) -> (identity: GitIdentity, time: Timestamp)? {
    guard let open = text.firstIndex(of: "<"), let close = text.lastIndex(of: ">"), open < close
    else { return nil }
    let words = text[text.index(after: close)...].split(separator: " ")
    // A broken time reads as 1970, as git itself has it.
    let seconds = words.first.flatMap { Int64($0) } ?? 0
    let milliseconds = seconds.multipliedReportingOverflow(by: 1000)
    return (
      GitIdentity(
        recordedName: text[..<open].trimmed,
        email: String(text[text.index(after: open)..<close])),
      Timestamp(milliseconds: milliseconds.overflow ? 0 : milliseconds.partialValue)
    )
  }
}
