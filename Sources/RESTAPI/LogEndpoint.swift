import DeployModel
import HTTPServer
import HTTPTypes
import Pipeline

/// The build log as text; with `follow` it grows until the build is over.
struct LogEndpoint: Sendable {
  let pipeline: Pipeline

  /// What is read at once: a few of the store's chunks.
  struct Portion: Sendable {
    var bytes: [UInt8]
    var nextChunk: Int
    /// The build is over and everything has been read.
    var isLast: Bool
  }

  func portion(of id: DeploymentID, from chunk: Int) async throws(StoreError) -> Portion {
    // The state is read first: what a build wrote before it ended is then in the log.
    let state = try await pipeline.parts.store.deployment(id)?.state
    let (bytes, next) = try await pipeline.parts.store.log(id, fromChunk: chunk)
    let isOver =
      switch state {
      case .queued, .building, .publishing: false
      default: true
      }
    return Portion(bytes: bytes, nextChunk: next, isLast: isOver && bytes.isEmpty)
  }

  /// Calls `write` with each portion until the end, or until `write` throws because the reader
  /// left.
  func stream(
    _ id: DeploymentID, follow: Bool, write: ([UInt8]) async throws -> Void
  ) async throws {
    let events = pipeline.parts.events.events { $0 == .log(id) || $0 == .deployment(id) }
    var iterator = events.makeAsyncIterator()
    var chunk = 0
    while true {
      let portion = try await portion(of: id, from: chunk)
      chunk = portion.nextChunk
      if !portion.bytes.isEmpty {
        try await write(portion.bytes)
        continue
      }
      if portion.isLast || !follow { return }
      // Nil: this task was cancelled, because the reader left.
      guard await iterator.next() != nil else { throw CancellationError() }
    }
  }
}

extension LogEndpoint {
  func answer(_ call: APICall) async throws(Problem) -> ServerResponse {
    try call.query.refuseUnknown(["follow"])
    let follow = try call.query.flag("follow")
    let id = try call.deploymentID()
    let deployment = try await storing { () async throws(StoreError) in
      try await pipeline.parts.store.deployment(id)
    }
    guard deployment != nil else { throw .notFound("there is no deployment \(id)") }
    return ServerResponse(
      .ok,
      headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
      body: .stream { writer in
        try await stream(id, follow: follow) { try await writer.write($0) }
      })
  }
}
