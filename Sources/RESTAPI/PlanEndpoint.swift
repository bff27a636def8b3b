import DeployModel
import HTTPServer
import Pipeline

/// Which services a push would deploy.
struct PlanEndpoint: Sendable {
  let pipeline: Pipeline
  /// R12: each may fetch from a remote, and compares two trees.
  let running = Allotment(atOnce)

  static let atOnce = 4

  func plan(_ call: APICall) async throws(Problem) -> APIAnswer {
    var body = try BodyReader(call.body)
    let repository = RepositoryName(body.requiredString("repository"))
    let before = CommitSHA(body.requiredString("before"))
    let after = CommitSHA(body.requiredString("after"))
    if before == nil { body.fail("before", "must be a full commit id") }
    if after == nil { body.fail("after", "must be a full commit id") }
    try body.finish()
    guard let repository, let before, let after else {
      throw .notFound("there is no repository of that name")
    }
    guard let permit = running.take() else {
      throw .unavailable("as many plans are being made as may be at once; ask again in a moment")
    }
    defer { withExtendedLifetime(permit) {} }
    let plan = try await refusing { () async throws(Refusal) in
      try await pipeline.planner.plan(
        PlanRequest(repository: repository, before: before, after: after))
    }
    return try .json(
      PlanShape(
        base: plan.base?.hex, after: plan.after.hex, files: plan.files,
        services: plan.matches.map(MatchShape.init)))
  }
}
