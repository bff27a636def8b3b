/// What git wrote to standard error, redacted, and what it means where no exit status says it.
///
/// git runs in the C locale, so these texts are stable; they only choose between kinds of failure,
/// never between failure and success.
struct GitComplaint: Sendable {
  let text: String

  init(_ bytes: [UInt8], redacting redaction: Redaction) {
    text = redaction.apply(to: String(decoding: bytes, as: UTF8.self))
  }

  /// The lines of our own git, without those that the server sent.
  private var local: String {
    text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("remote:") }.joined(
      separator: "\n")
  }

  /// Short enough for a log line and a reason: the last lines, where the cause stands.
  var summary: String {
    let lines = text.split(whereSeparator: \.isNewline).suffix(4).map { line in
      String(line.trimmed.prefix(400))
    }
    return lines.isEmpty ? "no explanation" : lines.joined(separator: "; ")
  }

  /// The words of the server alone (`remote: …`), for people.
  var serverWords: String {
    text.split(whereSeparator: \.isNewline)
      .filter { $0.hasPrefix("remote:") }
      .map { $0.dropFirst("remote:".count).trimmed }
      .filter { !$0.isEmpty }
      .map { String($0.prefix(400)) }.prefix(20)
      .joined(separator: "\n")
  }

  func mentions(_ phrases: [String]) -> Bool { phrases.contains { text.contains($0) } }

  var saysCorrupt: Bool {
    // A pack that arrived broken is the network's doing.
    let local = local.replacing("pack has bad object", with: "")
    return Self.corruption.contains { local.contains($0) }
  }

  /// A lock file that a killed git left behind, or another git holds.
  var saysLocked: Bool { local.contains(".lock': File exists") }

  /// Not "Could not read from remote repository", which is the network.
  private static let corruption = [
    "not a git repository", "is corrupt", "bad object", "does not point to a valid object",
    "missing necessary objects", "did not send all necessary objects", "unable to read tree",
    "unable to read sha1 file", "unable to read commit", "bad tree object", "bad revision",
    "cannot be accessed", "does not match index", "is far too short", "index unavailable",
    "bad packed object",
    "loose object", "is too small", "invalid object", "bad ref", "bad config line",
    "unable to parse commit", "could not parse commit", "failed to read object",
    "unable to resolve reference", "inflate: data stream error", "broken ref",
    "unexpected line in", "unterminated line in", "Could not read tree", "Could not read object",
    "unknown repository extension", "Expected git repo version", "mismatched algorithms",
    "empty loose", "unable to get type of object",
  ]

  /// The remote has not got what was asked for by its id, or gives nothing by its id: in the words of
  /// git's server, of git itself before version 2 of the protocol, and of JGit.
  var refusesObject: Bool {
    mentions(["not our ref", "unadvertised object"])
      || text.split(whereSeparator: \.isNewline).contains {
        $0.contains("want ") && $0.trimmed.hasSuffix(" not valid")
      }
  }

  /// A failed conversation with the remote.
  func remoteFailure() -> GitError {
    if mentions([
      "Authentication failed", "could not read Username", "could not read Password",
      "terminal prompts disabled", "Permission denied (publickey", "returned error: 401",
      "Host key verification failed", "Invalid username or token", "Bad credentials",
    ]) {
      return .authentication(summary)
    }
    if mentions(["returned error: 403", "HTTP 403", " denied to "]) { return .forbidden(summary) }
    if mentions([
      "Repository not found", "repository not found", "does not appear to be a git repository",
      "returned error: 404", "ERROR: Not Found",
    ]) {
      return .remoteNotFound(summary)
    }
    if mentions(["returned error: 301", "returned error: 302", "returned error: 308"]) {
      return .remoteNotFound("the repository has moved; configure its new url (\(summary))")
    }
    return saysCorrupt ? .corruptMirror(summary) : .unreachable(summary)
  }

  /// A failed command that asked nobody.
  func localFailure(of command: String) -> GitError {
    saysCorrupt ? .corruptMirror(summary) : .failed("git \(command) failed: \(summary)")
  }
}

extension StringProtocol {
  /// Without white space at either end, and without control characters anywhere: a server's words
  /// reach logs and terminals.
  var trimmed: String {
    let visible = unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? " " : $0 }
    var text = Substring(String(String.UnicodeScalarView(visible)))
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
