/// What `cat-file --batch-command` can be asked.
enum ObjectQuestion: Sendable {
  /// Id, kind and size.
  case info(String)
  /// The same, and the bytes.
  case contents(String)

  var name: String {
    switch self {
    case .info(let name), .contents(let name): name
    }
  }

  var wantsContents: Bool {
    if case .contents = self { true } else { false }
  }

  /// NUL-terminated (`-z`), so that a name may hold a line end.
  var line: [UInt8] {
    Array((wantsContents ? "contents " : "info ").utf8) + Array(name.utf8) + [0]
  }
}

enum ObjectReply: Sendable {
  case missing
  case ambiguous
  case object(id: ObjectID, kind: String, size: Int, bytes: [UInt8])
  /// Larger than the reader's limit; its bytes were skipped.
  case tooLarge(size: Int)
}

/// Takes answers apart as they arrive. Cases, for the question's name N:
/// 1. `N missing LF`; 2. `N ambiguous LF`; 3. `<id> <kind> <size> LF`, and for contents `<size>`
/// bytes and `LF`. N may hold line ends, so it is compared before any line is looked for.
struct ObjectReplyParser: ~Copyable {
  private var buffer: [UInt8] = []
  private var start = 0
  private let limit: Int
  private var skipping: (size: Int, left: Int)?

  init(limit: Int) { self.limit = limit }

  mutating func append(_ bytes: [UInt8]) {
    if start == buffer.count {
      buffer = bytes
      start = 0
    } else {
      if start > 1 << 20 { compact() }
      buffer += bytes
    }
  }

  /// Nil: more bytes are needed.
  mutating func next(answering question: ObjectQuestion) throws(GitError) -> ObjectReply? {
    if let skipping { return skip(skipping) }
    switch matches(question.name, " missing\n") {
    case .yes(let end):
      start = end
      return .missing
    case .unfinished: return nil
    case .no: break
    }
    switch matches(question.name, " ambiguous\n") {
    case .yes(let end):
      start = end
      return .ambiguous
    case .unfinished: return nil
    case .no: break
    }
    guard let lineEnd = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) else {
      guard buffer.count - start < 512 else { throw unreadable() }
      return nil
    }
    let words = String(decoding: buffer[start..<lineEnd], as: UTF8.self).split(separator: " ")
    guard words.count == 3, let id = ObjectID(words[0]), let size = Int(words[2]), size >= 0 else {
      throw unreadable()
    }
    let body = lineEnd + 1
    guard question.wantsContents else {
      start = body
      return .object(id: id, kind: String(words[1]), size: size, bytes: [])
    }
    guard size <= limit else {
      start = body
      return skip((size, size + 1))
    }
    guard buffer.count > body + size else { return nil }
    start = body + size + 1
    return .object(
      id: id, kind: String(words[1]), size: size, bytes: Array(buffer[body..<body + size]))
  }

  private enum Match {
    case yes(end: Int)
    case no
    case unfinished
  }

  private func matches(_ name: String, _ suffix: String) -> Match {
    var index = start
    for byte in [name.utf8[...], suffix.utf8[...]].joined() {
      guard index < buffer.count else { return .unfinished }
      guard buffer[index] == byte else { return .no }
      index += 1
    }
    return .yes(end: index)
  }

  private mutating func skip(_ pending: (size: Int, left: Int)) -> ObjectReply? {
    let taken = min(pending.left, buffer.count - start)
    start += taken
    guard taken == pending.left else {
      skipping = (pending.size, pending.left - taken)
      return nil
    }
    skipping = nil
    return .tooLarge(size: pending.size)
  }

  private mutating func compact() {
    buffer.removeSubrange(..<start)
    start = 0
  }

  private func unreadable() -> GitError {
    .failed("git cat-file answered with something else than an object")
  }
}
