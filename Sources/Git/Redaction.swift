import FoundationEssentials

/// Takes secrets out of what git says: those that it was given, and the user part of any URL.
struct Redaction: Sendable {
  static let none = Redaction(secrets: [])

  private let secrets: [String]

  init(secrets: [String]) {
    // The longest first, so that a secret inside another leaves no remainder.
    self.secrets = secrets.filter { !$0.isEmpty }.sorted { $0.utf8.count > $1.utf8.count }
  }

  func apply(to text: String) -> String {
    var text = text
    for secret in secrets { text = text.replacing(secret, with: "***") }
    return Self.withoutUserParts(text)
  }

  /// `scheme://user:password@host` becomes `scheme://host`.
  private static func withoutUserParts(_ text: String) -> String {
    var rest = text[...]
    var result = ""
    while let marker = rest.firstRange(of: "://") {
      result += rest[..<marker.upperBound]
      rest = rest[marker.upperBound...]
      let end = rest.firstIndex { $0 == "/" || $0.isWhitespace || $0 == "'" || $0 == "\"" }
      let authority = rest[..<(end ?? rest.endIndex)]
      if let at = authority.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
    }
    return result + rest
  }
}
