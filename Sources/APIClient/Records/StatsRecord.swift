package import DeployModel

/// DORA's measures. Lengths of time are in milliseconds.
package struct StatsRecord: Decodable, Hashable, Sendable {
  package struct Sample: Decodable, Hashable, Sendable {
    package var count: Int
    package var p50: Int64?
    package var p95: Int64?
  }

  package struct Restoring: Decodable, Hashable, Sendable {
    package var count: Int
    package var open: Int
    package var p50: Int64?
    package var p95: Int64?
  }

  package struct Stage: Decodable, Hashable, Sendable {
    package var stage: String
    package var count: Int
    package var p50: Int64?
    package var p95: Int64?
  }

  package struct Counts: Decodable, Hashable, Sendable {
    package var live: Int
    package var failed: Int
    package var rolledBack: Int
    package var rollbacks: Int
  }

  package struct Performance: Decodable, Hashable, Sendable {
    /// Nil: all services together.
    package var service: String?
    package var deployments: Counts
    package var frequencyPerDay: Double
    package var leadTime: Sample
    package var pushToLive: Sample
    package var changeFailureRate: Double?
    package var timeToRestore: Restoring
    package var reworkRate: Double?
    package var stages: [Stage]
    package var complete: Bool
  }

  package var window: String
  package var from: Timestamp
  package var to: Timestamp
  package var services: [Performance]
}
