package struct DirectRollbackRecord: Decodable, Hashable, Sendable {
  package struct Step: Decodable, Hashable, Sendable {
    package var place: String
    package var from: Int?
    package var to: Int
    package var brings: [String]
    package var message: String?
  }

  package struct Follow: Decodable, Hashable, Sendable {
    package var deployment: String
    package var tag: String
  }

  package var dryRun: Bool
  package var service: String
  package var strategy: String
  package var steps: [Step]
  package var hold: String
  package var follow: Follow?
  package var migrations: [String]
  package var warnings: [String]
}
