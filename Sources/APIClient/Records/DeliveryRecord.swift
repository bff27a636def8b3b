package import DeployModel

package struct MatchRecord: Decodable, Hashable, Sendable {
  package var name: String
  package var triggered: Bool
  package var file: String?
  package var pattern: String?
  package var reason: String
}

package struct DeliveryRecord: Decodable, Hashable, Sendable {
  package var guid: String
  package var event: String
  package var receivedAt: Timestamp
  package var repository: String?
  package var ref: String
  package var before: String
  package var after: String
  package var outcome: String
  package var reason: String
  package var deployments: [String]
  package var services: [MatchRecord]
}

package struct PlanRecord: Decodable, Hashable, Sendable {
  package var base: String?
  package var after: String
  package var files: [String]
  package var services: [MatchRecord]
}
