package import DeployModel

/// What an order would commit.
package struct PreviewRecord: Decodable, Hashable, Sendable {
  package struct Target: Decodable, Hashable, Sendable {
    package var deployment: String
    package var tag: String
    package var digest: String
  }

  package struct Current: Decodable, Hashable, Sendable {
    package var deployment: String?
    package var tag: String
  }

  package struct Change: Decodable, Hashable, Sendable {
    package var from: String?
    package var to: String
  }

  package struct Commit: Decodable, Hashable, Sendable {
    package var repository: String
    package var branch: String
    package var path: String
    package var subject: String
    package var changes: [Change]
  }

  package var dryRun: Bool
  package var service: String
  package var to: Target?
  package var source: DeploymentRecord.Source?
  package var current: Current?
  package var commit: Commit
  package var hold: String?
  package var migrations: [String]
}

/// The commits between two deployments' sources.
package struct ComparisonRecord: Decodable, Hashable, Sendable {
  package struct Commit: Decodable, Hashable, Sendable {
    package var commit: String
    package var subject: String
    package var author: String
    package var at: Timestamp
  }

  package var from: String
  package var to: String
  package var base: String
  package var head: String
  /// `same`, `ahead`, `behind`, `diverged`.
  package var direction: String
  package var commits: [Commit]
  package var truncated: Bool
}
