import DeployModel
import HTTPServer
import HTTPTypes
import HTTPWire
import Pipeline

/// `GET /api/v1/events`: what changes, as it changes.
struct EventsEndpoint: Sendable {
  let pipeline: Pipeline
  let answers: LongAnswers

  func open(_ call: APICall, _ request: ServerRequest) async throws(Problem) -> ServerResponse {
    try call.query.refuseUnknown(["service"])
    let services = try await services(call)
    guard !answers.isEnding else { throw .unavailable("the server is stopping") }
    let stream = EventStream(
      feed: EventFeed(pipeline: pipeline, services: services),
      answer: try answers.begin(call.credential), lastEventID: request.headers[.lastEventID])
    return ServerResponse(
      .ok,
      headers: [
        .contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no",
      ],
      body: .stream { writer in
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
