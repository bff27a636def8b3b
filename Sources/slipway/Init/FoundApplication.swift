import Yams

/// An Argo CD Application: which repository and directory it follows.
struct FoundApplication: Hashable, Sendable {
  var file: String
  var name: String
  var namespace: String?
  var project: String?
  var repository: String?
  /// Nil where it follows the default, a version or a commit.
  var branch: String?
  var path: String

  /// One for each source that is a directory of a git repository.
  static func all(in document: Node, file: String) -> [FoundApplication] {
    guard document.text("kind") == "Application",
      document.text("apiVersion")?.hasPrefix("argoproj.io/") == true,
      let metadata = document.mapping?["metadata"], let name = metadata.text("name"),
      let spec = document.mapping?["spec"]
    else { return [] }
    let sources =
      [spec.mapping?["source"]].compactMap(\.self)
      + (spec.mapping?["sources"]?.sequence.map(Array.init) ?? [])
    return sources.compactMap { source in
      guard let path = source.text("path") else { return nil }
      return FoundApplication(
        file: file, name: name, namespace: metadata.text("namespace"),
        project: spec.text("project"), repository: source.text("repoURL"),
        branch: source.text("targetRevision").flatMap { isBranch($0) ? $0 : nil }, path: path)
    }
  }

  /// Argo CD takes a tag and a commit, too: `v1.4.2`, `1.4.*`, `e5c2216`.
  private static func isBranch(_ revision: String) -> Bool {
    revision != "HEAD" && revision.wholeMatch(of: #/v?[0-9]+(\..*)?|[0-9a-f]{7,40}/#) == nil
  }
}
