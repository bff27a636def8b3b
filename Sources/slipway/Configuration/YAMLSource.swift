import Yams

/// A YAML text as a tree, or one problem that kept it from becoming one.
///
/// Yams refuses a mapping with a key that stands twice and stops there. So that such a key is
/// reported along with everything else, its first occurrence is overwritten with as many
/// private-use characters and the text is read again: no other position moves.
struct YAMLSource {
  struct SyntaxFault: Error {
    var position: Position
    var sentence: String
  }

  /// Nil for an empty document.
  private(set) var root: Node?
  /// Stand-ins for keys that stand more than once, and the keys themselves.
  private(set) var duplicates: [String: String] = [:]

  /// Each costs one more pass over the text.
  static let duplicateLimit = 50

  init(_ text: String) throws(SyntaxFault) {
    var text = text
    while true {
      do {
        root = try Yams.compose(yaml: text)
        return
      } catch let error as YamlError {
        let fault = Self.fault(error)
        guard case .duplicatedKeysInMapping(let keys, let context) = error,
          let key = keys.first, duplicates.count < Self.duplicateLimit,
          let standIn = Self.standIn(duplicates.count, for: key),
          let renamed = Self.replace(key, at: context.mark, by: standIn, in: text)
        else { throw fault }
        duplicates[standIn] = key
        text = renamed
      } catch {
        throw SyntaxFault(position: .start, sentence: "this is not YAML: \(error)")
      }
    }
  }

  private static func standIn(_ index: Int, for key: String) -> String? {
    guard let scalar = Unicode.Scalar(0xE000 + UInt32(index)) else { return nil }
    return String(String.UnicodeScalarView(repeatElement(scalar, count: key.unicodeScalars.count)))
  }

  /// Nil unless the key stands there as it is, plain or in quotes.
  private static func replace(
    _ key: String, at mark: Mark, by standIn: String, in text: String
  ) -> String? {
    var scalars = text.unicodeScalars
    guard mark.line > 0, mark.column > 0, !key.isEmpty,
      var start = offset(of: mark, in: scalars)
    else { return nil }
    if scalars[start] == "\"" || scalars[start] == "'" { start = scalars.index(after: start) }
    guard
      let end = scalars.index(
        start, offsetBy: key.unicodeScalars.count, limitedBy: scalars.endIndex),
      scalars[start..<end].elementsEqual(key.unicodeScalars)
    else { return nil }
    scalars.replaceSubrange(start..<end, with: standIn.unicodeScalars)
    return String(scalars)
  }

  private static func offset(
    of mark: Mark, in scalars: String.UnicodeScalarView
  ) -> String.UnicodeScalarView.Index? {
    var index = scalars.startIndex
    // libyaml does not count a byte order mark as a column.
    if scalars.first == "\u{FEFF}" { index = scalars.index(after: index) }
    var line = 1
    while line < mark.line {
      guard let feed = scalars[index...].firstIndex(where: { $0 == "\n" }) else { return nil }
      index = scalars.index(after: feed)
      line += 1
    }
    guard
      let place = scalars.index(index, offsetBy: mark.column - 1, limitedBy: scalars.endIndex),
      place < scalars.endIndex
    else { return nil }
    return place
  }

  static func fault(_ error: YamlError) -> SyntaxFault {
    switch error {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let what = [context?.text, problem].compactMap(\.self).joined(separator: ", ")
      return SyntaxFault(
        position: Position(mark), sentence: "this is not YAML: \(what)\(hint(for: problem))")
    case .duplicatedKeysInMapping(let keys, let context):
      let names = keys.map { "`\($0)`" }.joined(separator: ", ")
      return SyntaxFault(
        position: Position(context.mark),
        sentence: "\(names) stands more than once in one mapping: keep one")
    case .reader(let problem, let offset, _, _):
      let place = offset.map { " at byte \($0)" } ?? ""
      return SyntaxFault(position: .start, sentence: "this is not YAML: \(problem)\(place)")
    default:
      return SyntaxFault(position: .start, sentence: "this is not YAML")
    }
  }

  private static func hint(for problem: String) -> String {
    problem.contains("cannot start any token") ? " (indent with spaces, not tabs; quote it)" : ""
  }
}

extension Position {
  init(_ mark: Mark) {
    self.init(line: max(1, mark.line), column: max(1, mark.column))
  }
}
