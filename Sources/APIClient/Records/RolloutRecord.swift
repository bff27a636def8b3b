package import DeployModel

package struct RolloutRecord: Decodable, Hashable, Sendable {
  package var applications: [ApplicationRecord]
  package var kubernetes: WorkloadRecord?
}

package struct PodRecord: Decodable, Hashable, Sendable {
  package var name: String
  package var images: [String]
  package var reason: String
  package var message: String
  package var restarts: Int
}

package struct WorkloadRecord: Decodable, Hashable, Sendable {
  package struct Replicas: Decodable, Hashable, Sendable {
    package var desired: Int
    package var total: Int
    package var updated: Int
    package var ready: Int
    package var available: Int
  }

  package struct Revision: Decodable, Hashable, Sendable {
    package var number: Int
    package var images: [String]
    package var cause: String?
    package var createdAt: Timestamp?
    package var replicas: Int
  }

  package struct Seen: Decodable, Hashable, Sendable {
    package var progress: String
    package var message: String
    package var paused: Bool
    package var images: [String]
    package var revision: Int?
    package var replicas: Replicas
    package var history: [Revision]
    package var pods: [PodRecord]
  }

  package var namespace: String
  package var deployment: String
  package var seen: Seen?
  package var error: String?
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
  package var pods: [PodRecord]
}
