package import DeployModel

package struct ServiceRecord: Decodable, Hashable, Sendable {
  package struct Current: Decodable, Hashable, Sendable {
    package var deployment: String?
    package var adopted: Bool
    package var tag: String
    package var digest: String?
    package var sourceCommit: String?
    package var manifestCommit: String?
    package var since: Timestamp
  }

  package struct Hold: Decodable, Hashable, Sendable {
    /// `released`, `next-push`, or a time.
    package var until: String
    package var reason: String
    package var actor: String
    package var since: Timestamp
  }

  package struct Behind: Decodable, Hashable, Sendable {
    package var commit: String
    package var since: Timestamp
    package var reason: String
  }

  package struct Health: Decodable, Hashable, Sendable {
    package var status: String
    package var message: String
    package var observedAt: Timestamp
  }

  package var name: String
  package var repository: String?
  package var current: Current?
  package var inFlight: [String]
  package var held: String?
  package var behind: Behind?
  package var hold: Hold?
  package var health: Health?
}
