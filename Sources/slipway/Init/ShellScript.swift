/// A workflow step's script, as far as it says what is built and where manifests are edited. It is
/// read, never run.
struct ShellScript {
  struct Command: Hashable {
    /// Relative to the repository's root.
    var directory: String
    var words: [String]
  }

  /// R12: a step has some dozens of lines.
  private static let limit = 2000

  private(set) var commands: [Command] = []

  /// - Parameter directory: where the step begins.
  init(_ text: String, in directory: String) {
    var directory = directory
    for statement in Self.statements(text).prefix(Self.limit) {
      let words = Self.words(statement)
      if words.first == "cd" || words.first == "pushd", words.count == 2 {
        directory = Self.joined(directory, words[1])
      } else if !words.isEmpty {
        commands.append(Command(directory: directory, words: words))
      }
    }
  }

  /// Lines, joined where they end in a backslash, cut at `;`, `&&`, `||` and `|`, without comments.
  private static func statements(_ text: String) -> [String] {
    text.replacing("\\\n", with: " ").split(whereSeparator: \.isNewline).flatMap { line in
      line.trimmed.hasPrefix("#")
        ? []
        : line.replacing("&&", with: ";").replacing("||", with: ";").replacing("|", with: ";")
          .split(separator: ";").map(String.init)
    }
  }

  /// Quotes are taken off; what stands in them is one word.
  private static func words(_ statement: String) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in statement {
      if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
      } else if character == "\"" || character == "'" {
        quote = character
        word = word ?? ""
      } else if character.isWhitespace || character == "(" || character == ")" {
        if let word { words.append(word) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    return words + (word.map { [$0] } ?? [])
  }

  /// `..` goes up, never above the root: then it is the root, which matches nothing there.
  static func joined(_ directory: String, _ path: String) -> String {
    var parts = path.hasPrefix("/") ? [] : directory.split(separator: "/").map(String.init)
    for part in path.split(separator: "/") {
      if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(String(part)) }
    }
    return parts.joined(separator: "/")
  }
}
