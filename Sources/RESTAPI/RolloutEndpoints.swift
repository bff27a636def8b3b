import DeployModel
import Pipeline

/// What Argo CD and Kubernetes say of a service, and asking Argo CD to look at git now.
struct RolloutEndpoints: Sendable {
  let pipeline: Pipeline

  func show(_ call: APICall) async throws(Problem) -> APIAnswer {
    try call.query.refuseUnknown([])
    let service = try call.service()
    return try .json(
      RolloutShape(
        try await refusing { () async throws(Refusal) in
          try await pipeline.rolloutRequests.rollout(of: service)
        }))
  }

  func sync(_ call: APICall) async throws(Problem) -> APIAnswer {
    let service = try call.service()
    try call.requireChange(of: service)
    var body = try BodyReader(call.body)
    let reason = body.string("reason") ?? ""
    try body.finish()
    let rollout = try await changing(
      call, "sync", subject: service.name, reason: reason, in: pipeline
    ) { () async throws(Refusal) in
      try await pipeline.rolloutRequests.sync(service)
    }
    return try .json(RolloutShape(rollout))
  }
}
