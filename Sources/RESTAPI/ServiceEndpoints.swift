import DeployModel
import Pipeline

/// What is deployed now, what is in flight, hold, behind, health.
struct ServiceEndpoints: Sendable {
  let pipeline: Pipeline

  /// Beyond it `released` is meant; and the year of its end has four digits, as RFC 3339 wants.
  private static let longestHold: Duration = .seconds(366 * 86_400)

  func list(_ call: APICall) async throws(Problem) -> APIAnswer {
    try call.query.refuseUnknown(["limit", "cursor"])
    let names = try await names()
    let limit = try call.query.limit()
    let after = try call.query.value("cursor").map { text throws(Problem) in
      guard let name = ServiceName(text) else {
        throw Problem.badRequest("cursor must be the nextCursor of an earlier answer")
      }
      return name
    }
    let rest = names.filter { name in after.map { $0 < name } ?? true }
    let page = rest.sorted().prefix(limit)
    return try .json(
      ListShape(
        items: try await states(of: Array(page)).map(shape),
        nextCursor: page.count < rest.count ? page.last?.name : nil))
  }

  func one(_ call: APICall) async throws(Problem) -> APIAnswer {
    let name = try call.service()
    guard try await pipeline.knows(name), let state = try await states(of: [name]).first else {
      throw .notFound("there is no service \(name)")
    }
    return try .json(shape(state))
  }

  func placeHold(_ call: APICall) async throws(Problem) -> APIAnswer {
    let service = try call.service()
    try call.requireChange(of: service)
    var body = try BodyReader(call.body)
    let until = body.string("until")
    let reason = body.requiredString("reason")
    var length = Holds.Length.released
    switch until {
    case nil, "released": break
    case "next-push": length = .nextPush
    case .some(let text):
      if let duration = DurationText.parse(text), duration > .zero, duration <= Self.longestHold {
        length = .duration(duration)
      } else {
        body.fail(
          "until", "must be released, next-push, or a duration such as 30m or 2h, at most 366d")
      }
    }
    try body.finish()
    _ = try await refusing { () async throws(Refusal) in
      try await pipeline.holds.place(
        on: service, until: length, reason: reason, actor: call.caller.name)
    }
    await pipeline.audit(call, "hold", subject: service.name, reason: reason)
    return try await one(call)
  }

  func release(_ call: APICall) async throws(Problem) -> APIAnswer {
    let service = try call.service()
    try call.requireChange(of: service)
    var body = try BodyReader(call.body)
    let reason = body.string("reason") ?? ""
    try body.finish()
    _ = try await refusing { () async throws(Refusal) in
      try await pipeline.holds.release(service, reason: reason, actor: call.caller.name)
    }
    await pipeline.wake()
    await pipeline.audit(call, "release", subject: service.name, reason: reason)
    return try await one(call)
  }

  /// Every configured service, and the removed ones that have a history.
  private func names() async throws(Problem) -> Set<ServiceName> {
    let recorded = try await storing { () async throws(StoreError) in
      try await pipeline.parts.store.serviceNames()
    }
    return Set(pipeline.parts.configuration.current.services.keys).union(recorded)
  }

  /// A configured service that nothing was recorded of has an empty state.
  private func states(of names: [ServiceName]) async throws(Problem) -> [ServiceState] {
    let recorded = try await storing { () async throws(StoreError) in
      try await pipeline.parts.store.serviceStates(of: names)
    }
    let byName = Dictionary(uniqueKeysWithValues: recorded.map { ($0.service, $0) })
    return names.map { byName[$0] ?? ServiceState(service: $0) }
  }

  private func shape(_ state: ServiceState) -> ServiceShape { ServiceShape(state, in: pipeline) }
}

extension ServiceShape {
  init(_ state: ServiceState, in pipeline: Pipeline) {
    let parts = pipeline.parts
    self.init(
      state, repository: parts.configuration.current.services[state.service]?.repository,
      health: pipeline.rollouts.health(of: state.service), now: parts.clock.now())
  }
}
