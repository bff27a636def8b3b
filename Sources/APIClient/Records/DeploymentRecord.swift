package import DeployModel

package struct DeploymentRecord: Decodable, Hashable, Sendable {
  package struct Source: Decodable, Hashable, Sendable {
    package var repository: String
    package var branch: String
    package var commit: String
    package var subject: String
    package var author: String
  }

  package struct Image: Decodable, Hashable, Sendable {
    package var name: String
    package var tag: String
    package var digest: String
    package var tags: [String]
    package var reusedFrom: String?
    package var givenUpAt: Timestamp?
  }

  package struct Trigger: Decodable, Hashable, Sendable {
    package var deliveryGuid: String?
    package var file: String
    package var pattern: String
  }

  package struct Failure: Decodable, Hashable, Sendable {
    package var stage: String
    package var code: String
    package var message: String
  }

  package struct Transition: Decodable, Hashable, Sendable {
    package var state: String
    package var at: Timestamp
    package var reason: String
    package var details: String?
  }

  package var id: String
  package var service: String
  package var number: Int
  /// One of `DeploymentState`'s; text, so that a newer server's can be shown.
  package var state: String
  package var cause: String
  package var actor: String
  package var reason: String
  package var createdAt: Timestamp
  package var updatedAt: Timestamp
  package var finishedAt: Timestamp?
  package var source: Source?
  package var image: Image?
  package var manifestCommit: String?
  package var trigger: Trigger?
  package var rollbackOf: String?
  package var retryOf: String?
  package var supersededBy: String?
  package var recovered: Bool
  package var failure: Failure?
  package var timeline: [Transition]?
}

extension DeploymentRecord {
  package var isOver: Bool { finishedAt != nil }

  /// It ended, and the image that it was about is what git says should run.
  package var isDone: Bool { isOver && (state == "live" || state == "committed") }
}
