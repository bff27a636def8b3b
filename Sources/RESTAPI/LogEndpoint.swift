import DeployModel
import HTTPServer
import HTTPTypes
import Pipeline

/// The build log as text. With `follow` it grows until the build is over; once it is, parts of it
/// can be had.
struct LogEndpoint: Sendable {
  let pipeline: Pipeline
  let answers: LongAnswers

  func answer(_ call: APICall, _ request: ServerRequest) async throws(Problem) -> ServerResponse {
    try call.query.refuseUnknown(["follow"])
    let follow = try call.query.flag("follow")
    let id = try call.deploymentID()
    let deployment = try await storing { () async throws(StoreError) in
      try await pipeline.parts.store.deployment(id)
    }
    guard let deployment else { throw .notFound("there is no deployment \(id)") }
    if deployment.logIsOver { return try await finished(deployment, request) }
    let growing = Representation(contentType: Self.contentType, cacheControl: "no-store")
    let going = follow ? try answers.begin(call.credential) : nil
    return try growing.answer(request) { _ in
      .stream { writer in try await stream(id, following: going) { try await writer.write($0) } }
    }
  }

  private static let contentType = "text/plain; charset=utf-8"

  /// A log is only ever added to: its deployment and its length name its bytes.
  private func finished(
    _ deployment: Deployment, _ request: ServerRequest
  ) async throws(Problem) -> ServerResponse {
    let id = deployment.id
    let sizes = try await storing { () async throws(StoreError) in
      try await pipeline.parts.store.logChunkSizes(id)
    }
    if sizes.isEmpty { try refuseDeleted(deployment) }
    let length = sizes.reduce(0, +)
    let log = Representation(
      contentType: Self.contentType, tag: EntityTag("\(id)-\(length)"), length: length,
      cacheControl: "private, no-cache")
    return try log.answer(request) { range in
      let part = LogPart(of: id, sizes: sizes, bytes: range ?? 0..<length)
      return .stream { writer in
        try await part.read(from: pipeline.parts.store) { try await writer.write($0) }
      }
    }
  }

  /// An empty answer would look like a build that had nothing to say.
  private func refuseDeleted(_ deployment: Deployment) throws(Problem) {
    let age = pipeline.parts.configuration.current.retention.logAge
    guard let end = deployment.finishedAt, end < pipeline.parts.clock.now().before(age) else {
      return
    }
    throw .notFound(
      "\(deployment.id) ended longer ago than retention.logs.age: if it had a log, that was deleted"
    )
  }

  /// What is read at once: a few of the store's chunks.
  struct Portion: Sendable {
    var bytes: [UInt8]
    var nextChunk: Int
    /// The build is over and everything has been read.
    var isLast: Bool
  }

  func portion(of id: DeploymentID, from chunk: Int) async throws(StoreError) -> Portion {
    // The state is read first: what a build wrote before it ended is then in the log.
    let isOver = try await pipeline.parts.store.deployment(id)?.logIsOver ?? true
    let (bytes, next) = try await pipeline.parts.store.log(id, fromChunk: chunk)
    return Portion(bytes: bytes, nextChunk: next, isLast: isOver && bytes.isEmpty)
  }

  /// Calls `write` with each portion until the end, or until `write` throws because the reader
  /// left.
  ///
  /// - Parameter going: nil to end with what there is now. Where the server stops, or the token is
  ///   no longer known, the log is cut by an error: it must not look complete.
  private func stream(
    _ id: DeploymentID, following going: LongAnswer?, write: ([UInt8]) async throws -> Void
  ) async throws {
    let subscription = going.map { going in
      pipeline.parts.events.subscribe(
        where: { $0 == .log(id) || $0 == .deployment(id) }, { going.wake() })
    }
    defer { withExtendedLifetime(subscription) {} }
    var wakes = going?.wakes.makeAsyncIterator()
    var chunk = 0
    while true {
      let portion = try await portion(of: id, from: chunk)
      chunk = portion.nextChunk
      if !portion.bytes.isEmpty {
        try await write(portion.bytes)
        continue
      }
      guard let going, !portion.isLast else { return }
      guard await going.mayGoOn() == .yes, await wakes?.next() != nil else {
        throw CancellationError()
      }
    }
  }
}

extension Deployment {
  /// Nothing more is built for it.
  fileprivate var logIsOver: Bool {
    switch state {
    case .queued, .building, .publishing: false
    default: true
    }
  }
}
