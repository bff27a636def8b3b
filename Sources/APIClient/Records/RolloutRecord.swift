package import DeployModel

package struct RolloutRecord: Decodable, Hashable, Sendable {
  package var applications: [ApplicationRecord]
}

package struct ApplicationRecord: Decodable, Hashable, Sendable {
  package struct Health: Decodable, Hashable, Sendable {
    package var status: String
    package var message: String
  }

  package struct Hook: Decodable, Hashable, Sendable {
    package var phase: String
    package var name: String
    package var state: String
    package var message: String
  }

  package struct Operation: Decodable, Hashable, Sendable {
    package var phase: String
    package var message: String
    package var startedAt: Timestamp?
    package var finishedAt: Timestamp?
    package var revisions: [String]
    package var hooks: [Hook]
  }

  package struct HistoryEntry: Decodable, Hashable, Sendable {
    package var id: Int
    package var revisions: [String]
    package var deployedAt: Timestamp?
    package var by: String
  }

  package struct Pod: Decodable, Hashable, Sendable {
    package var name: String
    package var images: [String]
    package var reason: String
    package var message: String
    package var restarts: Int
  }

  package var application: String
  package var autoSync: Bool
  package var sync: String
  package var revisions: [String]
  package var health: Health
  package var reconciledAt: Timestamp?
  package var operation: Operation?
  package var images: [String]
  package var outOfSync: [String]
  package var obstacle: String?
  package var errors: [String]
  package var history: [HistoryEntry]
  package var pods: [Pod]
}
