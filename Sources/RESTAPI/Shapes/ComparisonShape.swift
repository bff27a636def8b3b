import DeployModel
import Git
import Pipeline

/// The commits between the sources of two deployments.
struct ComparisonShape: Encodable {
  struct Commit: Encodable {
    var commit: String
    var subject: String
    var author: String
    var at: String
  }

  var from: String
  var to: String
  var base: String
  var head: String
  var direction: String
  var commits: [Commit]
  var truncated: Bool

  init(_ comparison: SourceComparison, from: DeploymentID, to: DeploymentID) {
    self.from = from.description
    self.to = to.description
    base = comparison.base.hex
    head = comparison.head.hex
    direction = comparison.direction.rawValue
    commits = comparison.commits.map {
      Commit(
        commit: $0.sha.hex, subject: $0.subject, author: $0.author.name, at: $0.committedAt.rfc3339)
    }
    truncated = comparison.isTruncated
  }
}
