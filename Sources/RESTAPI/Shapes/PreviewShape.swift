import DeployModel
import Pipeline

/// What a call with `dryRun` would commit. Nothing has changed.
struct PreviewShape: Encodable {
  struct Target: Encodable {
    var deployment: String
    var tag: String
    var digest: String
  }

  struct Current: Encodable {
    @Nullable var deployment: String?
    var tag: String
  }

  struct Change: Encodable {
    @Nullable var from: String?
    var to: String
  }

  struct Commit: Encodable {
    var repository: String
    var branch: String
    var path: String
    var subject: String
    var changes: [Change]
  }

  var dryRun = true
  var service: String
  /// For a rollback; null for a deployment.
  @Nullable var to: Target?
  /// For a deployment; null for a rollback.
  @Nullable var source: SourceShape?
  @Nullable var current: Current?
  var commit: Commit
  @Nullable var hold: String?
  var migrations: [String]

  init(_ preview: ChangePreview) {
    service = preview.service.name
    to = preview.target.flatMap { target in
      target.image.map {
        Target(deployment: target.id.description, tag: $0.tag.name, digest: $0.digest.text)
      }
    }
    source = preview.source.map(SourceShape.init)
    current = preview.current.map {
      Current(deployment: $0.deployment?.description, tag: $0.tag)
    }
    commit = Commit(
      repository: preview.location.repository.name, branch: preview.location.branch.name,
      path: preview.location.path.path, subject: preview.subject,
      changes: [Change(from: preview.current?.tag, to: preview.tag)])
    hold = preview.hold.map(Self.text)
    migrations = preview.migrations
  }

  static func text(_ hold: RollbackRequest.HoldChoice) -> String {
    switch hold {
    case .untilReleased: "until-released"
    case .untilNextPush: "until-next-push"
    case .none: "none"
    }
  }
}
