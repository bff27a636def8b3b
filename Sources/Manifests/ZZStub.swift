package import DeployModel
package import Git
package import Logging
package struct ManifestEdit: Sendable {
  package var deployment: DeploymentID
  package var service: ServiceName
  package var basisSequence: Int64
  package init(deployment: Deployment, image: PublishedImage, location: ManifestLocation) { self.deployment = deployment.id; service = deployment.id.service; basisSequence = deployment.basisSequence }
}
package enum WriteOutcome: Sendable { case landed(commit: CommitSHA, changed: Bool, warnings: [String]); case held; case superseded(by: DeploymentID?, reason: String); case failed(DeploymentFailure) }
package struct LandingStanding: Sendable { package init(deployedSource: CommitSHA?, holdInForce: Bool, overruledBy: DeploymentID?) {} }
package protocol LandingRecord: Sendable {
  func standing(of edit: ManifestEdit) async throws -> LandingStanding
  func willPush(_ intents: [ManifestIntent]) async throws
  func previousIntents(for: DeploymentID) async throws -> [ManifestIntent]
}
package struct CommitAuthor: Sendable { package init(name: String, email: String) {} }
package actor ManifestWriter {
  package init(mirror: Mirror, target: RepositoryBranch, author: CommitAuthor, record: any LandingRecord, clock: any WallClock, deadline: Duration, logger: Logger) {}
  package func submit(_ edit: ManifestEdit) async -> WriteOutcome { .held }
}
