import DeployModel
import Pipeline

/// What a rollback past git did, or with `dryRun` would do.
struct DirectRollbackShape: Encodable {
  struct Step: Encodable {
    /// An application of Argo CD, or `namespace/deployment`.
    var place: String
    @Nullable var from: Int?
    var to: Int
    /// Commits of the application, or images of the Deployment.
    var brings: [String]
    /// Null where nothing was done yet.
    @Nullable var message: String?
  }

  struct Follow: Encodable {
    var deployment: String
    var tag: String
  }

  var dryRun: Bool
  var service: String
  var strategy: String
  var steps: [Step]
  var hold: String
  /// Where a rollback through git has to go, so that git follows.
  @Nullable var follow: Follow?
  var migrations: [String]
  var warnings: [String]

  init(_ outcome: DirectRollbackOutcome, dryRun: Bool) {
    self.dryRun = dryRun
    service = outcome.service.name
    strategy = outcome.strategy.rawValue
    steps = outcome.steps.map {
      Step(
        place: $0.place.name, from: $0.from, to: $0.to, brings: $0.brings,
        message: $0.said.isEmpty ? nil : $0.said)
    }
    hold = PreviewShape.text(outcome.hold)
    follow = outcome.follow.flatMap { deployment in
      deployment.image.map {
        Follow(deployment: deployment.id.description, tag: $0.tag.name)
      }
    }
    migrations = outcome.migrations
    warnings = outcome.warnings
  }
}
