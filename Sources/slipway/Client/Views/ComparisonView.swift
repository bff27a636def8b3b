import APIClient
import DeployModel

/// The commits between two deployments.
struct ComparisonView {
  var comparison: ComparisonRecord
  var now: Timestamp

  func lines(width: Int?) -> [StyledText] {
    let (from, to) = (comparison.from, comparison.to)
    let count = comparison.commits.count == 1 ? "1 commit" : "\(comparison.commits.count) commits"
    let more = comparison.truncated ? ", the newest of more" : ""
    let title =
      switch comparison.direction {
      case "same": "\(from) and \(to) have the same source, \(comparison.head.short)."
      case "ahead": "\(to) is ahead of \(from) by \(count)\(more):"
      case "behind": "\(to) is behind \(from) by \(count)\(more):"
      default: "The branch was rewritten in between; \(count) only in \(to)\(more):"
      }
    var table = Table(columns: [
      Table.Column("COMMIT"), Table.Column("WHEN", dispensable: 1),
      Table.Column("AUTHOR", least: 8, dispensable: 2), Table.Column("SUBJECT", least: 20),
    ])
    table.rows = comparison.commits.map { commit in
      [
        StyledText(commit.commit.short, .bold),
        StyledText(TimeText.age(of: commit.at, at: now)), StyledText(commit.author),
        StyledText(commit.subject),
      ]
    }
    return [StyledText(title)] + (table.rows.isEmpty ? [] : table.lines(width: width))
  }
}
