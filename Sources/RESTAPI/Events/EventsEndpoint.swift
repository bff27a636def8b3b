import DeployModel
import HTTPServer
import HTTPTypes
import HTTPWire
import Pipeline

/// `GET /api/v1/events`: what changes, as it changes.
struct EventsEndpoint: Sendable {
  let pipeline: Pipeline
  let answers: LongAnswers
  private let streams: Allotment
  private let anonymousStreams: Allotment

  /// R12: each stream holds a connection and what its client has not taken yet.
  package static let limit = 200
  /// R12: so many of them without a token, so that strangers cannot take the place of those who
  /// have one.
  package static let anonymousLimit = 100

  init(
    pipeline: Pipeline, answers: LongAnswers, limit: Int = limit,
    anonymousLimit: Int = anonymousLimit
  ) {
    self.pipeline = pipeline
    self.answers = answers
    streams = Allotment(limit)
    anonymousStreams = Allotment(anonymousLimit)
  }

  func open(_ call: APICall, _ request: ServerRequest) async throws(Problem) -> ServerResponse {
    try call.query.refuseUnknown(["service"])
    let services = try await services(call)
    guard !answers.isEnding else { throw .unavailable("the server is stopping") }
    let isAnonymous = request.headers[.authorization] == nil
    guard let permit = streams.take(),
      let anonymous = isAnonymous ? anonymousStreams.take().map(Optional.some) : .some(nil)
    else {
      throw .unavailable(
        "there are as many event streams as there may be (\(Self.limit), of which "
          + "\(Self.anonymousLimit) without a token): close one, or poll")
    }
    let stream = EventStream(
      feed: EventFeed(pipeline: pipeline, services: services), answer: answers.begin(request),
      lastEventID: request.headers[.lastEventID])
    return ServerResponse(
      .ok,
      headers: [
        .contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no",
      ],
      body: .stream { writer in
        defer { withExtendedLifetime((permit, anonymous)) {} }
        try await stream.run { try await writer.write($0) }
      })
  }

  private func services(_ call: APICall) async throws(Problem) -> Set<ServiceName> {
    var services: Set<ServiceName> = []
    for text in call.query.values("service") {
      guard let name = ServiceName(text), try await pipeline.knows(name) else {
        throw .badRequest("there is no service \(text.prefix(70))")
      }
      services.insert(name)
    }
    return services
  }
}

extension HTTPField.Name {
  static let lastEventID = HTTPField.Name(validated: "Last-Event-ID")
  /// nginx would gather the stream otherwise.
  static let accelBuffering = HTTPField.Name(validated: "X-Accel-Buffering")
}
