import DeployModel
import Pipeline

/// What GitHub sent, and what became of it.
struct DeliveryEndpoints: Sendable {
  let pipeline: Pipeline

  func list(_ call: APICall) async throws(Problem) -> APIAnswer {
    try call.query.refuseUnknown(["limit", "cursor"])
    let cursor = try call.query.cursor()
    let limit = try call.query.limit()
    let page = try await storing { () async throws(StoreError) in
      try await pipeline.parts.store.deliveries(before: cursor, limit: limit)
    }
    return try .json(
      ListShape(
        items: page.items.map(DeliveryShape.init),
        nextCursor: QueryReader.cursorText(page.nextCursor)))
  }

  func one(_ call: APICall) async throws(Problem) -> APIAnswer {
    let guid = try call.deliveryGUID()
    let delivery = try await storing { () async throws(StoreError) in
      try await pipeline.parts.store.delivery(guid)
    }
    guard let delivery else { throw .notFound("there is no delivery \(guid)") }
    return try .json(DeliveryShape(delivery))
  }

  func redeliver(_ call: APICall) async throws(Problem) -> APIAnswer {
    let guid = try call.deliveryGUID()
    guard call.caller.role >= .deploy, call.caller.services == nil else {
      throw Problem(
        403, "Forbidden",
        "evaluating a delivery again needs the role deploy, for every service")
    }
    var body = try BodyReader(call.body)
    let reason = body.string("reason") ?? ""
    try body.finish()
    let delivery = try await refusing { () async throws(Refusal) in
      try await pipeline.redelivery.request(guid)
    }
    await pipeline.audit(call, "redeliver", subject: guid.text, reason: reason)
    return try .json(
      DeliveryShape(delivery), status: 202, location: "/api/v1/deliveries/\(guid)")
  }

  func audit(_ call: APICall) async throws(Problem) -> APIAnswer {
    try call.requireAdmin()
    try call.query.refuseUnknown(["limit", "cursor"])
    let cursor = try call.query.cursor()
    let limit = try call.query.limit()
    let page = try await storing { () async throws(StoreError) in
      try await pipeline.parts.store.auditEntries(before: cursor, limit: limit)
    }
    return try .json(
      ListShape(
        items: page.items.map(AuditShape.init),
        nextCursor: QueryReader.cursorText(page.nextCursor)))
  }
}
