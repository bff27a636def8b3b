/// GitHub's `paths` and `paths-ignore`: ordered patterns, last match wins, `!` negates.
///
/// A path is what git says: relative to the repository's root, `/` between components, compared
/// whole and byte by byte. What each pattern means stands at `PathPattern`.
///
/// 1. `paths`: a file is included if the last pattern that matches it has no `!`; one that none
/// matches is not. 2. `paths-ignore`: a file is ignored if the last pattern that matches it has no
/// `!`; one that none matches is not. 3. A service is triggered if some file is included, or not
/// ignored. No files, no trigger.
///
/// Source: "Workflow syntax for GitHub Actions", `on.push.paths` and the filter pattern cheat sheet.
package struct PathFilter: Sendable {
  package enum Kind: Hashable, Sendable { case paths, pathsIgnore }

  package let kind: Kind
  /// As configured, in order.
  package let patterns: [String]
  private let compiled: [PathPattern]

  /// What is reported as the pattern where `paths-ignore` triggers because no pattern matches.
  package static let notIgnored = "(not ignored)"

  /// For patterns that are known to be valid, because a program or the store wrote them: one that
  /// is not valid matches nothing. Configuration goes through `init(validating:_:)`.
  package init(_ kind: Kind, _ patterns: [String]) {
    self.kind = kind
    self.patterns = patterns
    compiled = patterns.compactMap { text in
      do throws(PathPatternError) { return try PathPattern(text) } catch { return nil }
    }
  }

  package init(validating kind: Kind, _ patterns: [String]) throws(PathFilterError) {
    guard !patterns.isEmpty else { throw PathFilterError(index: nil, reason: "has no pattern") }
    for (index, text) in patterns.enumerated() {
      do throws(PathPatternError) {
        _ = try PathPattern(text)
      } catch {
        throw PathFilterError(index: index, reason: error.description)
      }
    }
    // GitHub: "If you define a path with the ! character, you must also define at least one path
    // without the ! character."
    guard patterns.contains(where: { !$0.utf8.starts(with: "!".utf8) }) else {
      throw PathFilterError(
        index: nil, reason: "has only patterns that begin with !: there is nothing to except from")
    }
    self.init(kind, patterns)
  }

  /// The last pattern that matches, which decides; nil if none does.
  package func match(_ path: String) -> PatternMatch? {
    decidingIndex(path.utf8.span).map {
      PatternMatch(pattern: compiled[$0].text, isNegated: compiled[$0].isNegated)
    }
  }

  /// Whether a change of this file alone triggers.
  package func includes(_ path: String) -> Bool { inclusion(path.utf8.span) != nil }

  /// The first file, in the given order, that triggers, and the pattern that says so: for
  /// `paths-ignore` the negated pattern that brought the file back, or `notIgnored`.
  package func firstMatch(in files: [String]) -> (file: String, pattern: String)? {
    for file in files {
      if let pattern = inclusion(file.utf8.span) { return (file, pattern) }
    }
    return nil
  }

  /// The same over a sorted list, for many filters and many files: a pattern that begins with
  /// literal text looks only at the files that begin with it.
  package func firstMatch(in files: ChangedFiles) -> (file: String, pattern: String)? {
    guard kind == .paths else { return firstMatch(in: files, within: 0..<files.count) }
    let candidates = compiled.filter { !$0.isNegated }
      .map { $0.prefix.isEmpty ? 0..<files.count : files.range(beginningWith: $0.prefix) }
      .filter { !$0.isEmpty }
      .sorted { $0.lowerBound < $1.lowerBound }
    var next = 0
    for range in candidates where range.upperBound > next {
      let remaining = max(next, range.lowerBound)..<range.upperBound
      if let found = firstMatch(in: files, within: remaining) { return found }
      next = range.upperBound
    }
    return nil
  }

  private func firstMatch(
    in files: ChangedFiles, within range: Range<Int>
  ) -> (file: String, pattern: String)? {
    let bytes = files.bytes.span
    for index in range {
      if let pattern = inclusion(bytes.extracting(files.slice(index))) {
        return (files[index], pattern)
      }
    }
    return nil
  }

  /// The reason why a file triggers; nil if it does not.
  private func inclusion(_ path: borrowing Span<UInt8>) -> String? {
    let index = decidingIndex(path)
    switch kind {
    case .paths:
      guard let index, !compiled[index].isNegated else { return nil }
      return compiled[index].text
    case .pathsIgnore:
      guard let index else { return Self.notIgnored }
      return compiled[index].isNegated ? compiled[index].text : nil
    }
  }

  private func decidingIndex(_ path: borrowing Span<UInt8>) -> Int? {
    var index = compiled.count
    while index > 0 {
      index -= 1
      if compiled[index].matches(path) { return index }
    }
    return nil
  }
}

/// A filter is its kind and its patterns; what they compile to follows from them.
extension PathFilter: Hashable {
  package static func == (left: Self, right: Self) -> Bool {
    left.kind == right.kind && left.patterns == right.patterns
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(patterns)
  }
}

/// The pattern that decided about a file.
package struct PatternMatch: Hashable, Sendable {
  /// As configured, with its `!` if it has one.
  package var pattern: String
  package var isNegated: Bool

  package init(pattern: String, isNegated: Bool) {
    self.pattern = pattern
    self.isNegated = isNegated
  }
}

/// Why a filter was refused.
package struct PathFilterError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Of the pattern that is at fault; nil if the list is.
  package var index: Int?
  /// Follows the name of the list or pattern: "has no pattern".
  package var reason: String

  package init(index: Int?, reason: String) {
    self.index = index
    self.reason = reason
  }

  package var description: String { reason }
}
