/// GitHub's `paths` and `paths-ignore`: ordered patterns, last match wins, `!` negates.
///
/// Source: "Workflow syntax for GitHub Actions", filter pattern cheat sheet.
package struct PathFilter: Hashable, Sendable {
  package enum Kind: Hashable, Sendable { case paths, pathsIgnore }

  package let kind: Kind
  package let patterns: [String]

  package init(_ kind: Kind, _ patterns: [String]) {
    self.kind = kind
    self.patterns = patterns
  }
}
