import DeployModel
import Pipeline

/// What the configured targets were told, and what they were not.
struct NotificationEndpoints: Sendable {
  let pipeline: Pipeline

  func list(_ call: APICall) async throws(Problem) -> APIAnswer {
    try call.query.refuseUnknown(["state", "limit", "cursor"])
    let names = call.query.values("state")
    let statuses = names.compactMap { DeploymentNotification.Status(rawValue: $0) }
    guard statuses.count == names.count else {
      throw .badRequest("state must be pending, delivered or dead; it may stand more than once")
    }
    let query = NotificationQuery(
      statuses: statuses, before: try call.query.cursor(), limit: try call.query.limit())
    let page = try await storing { () async throws(StoreError) in
      try await pipeline.parts.store.notifications(query)
    }
    return try .json(
      ListShape(
        items: page.items.map(NotificationShape.init),
        nextCursor: QueryReader.cursorText(page.nextCursor)))
  }

  func one(_ call: APICall) async throws(Problem) -> APIAnswer {
    let id = try call.notificationID()
    let notification = try await storing { () async throws(StoreError) in
      try await pipeline.parts.store.notification(id)
    }
    guard let notification else { throw .notFound("there is no notification \(id)") }
    return try .json(NotificationShape(notification))
  }

  func redeliver(_ call: APICall) async throws(Problem) -> APIAnswer {
    let id = try call.notificationID()
    guard call.caller.role >= .deploy, call.caller.services == nil else {
      throw Problem(
        403, "Forbidden", "sending a notification again needs the role deploy, for every service")
    }
    var body = try BodyReader(call.body)
    let reason = body.string("reason") ?? ""
    try body.finish()
    let notification = try await refusing { () async throws(Refusal) in
      try await pipeline.renotification.request(id)
    }
    await pipeline.audit(call, "redeliver", subject: id.description, reason: reason)
    return try .json(
      NotificationShape(notification), status: 202, location: "/api/v1/notifications/\(id)")
  }
}
