import DeployModel
import HTTPServer
import Pipeline

/// One client's event stream, from its first byte to its end.
///
/// Nothing is kept for the client but its place among the newest events, which all streams share:
/// one that reads too slowly falls out at their end and is told `reset` (R12).
struct EventStream: Sendable {
  let feed: EventFeed
  let answer: LongAnswer
  let lastEventID: String?

  /// How long a client waits before it comes back, in milliseconds.
  static let retry = 3000
  /// Events taken at once.
  private static let batch = 32

  private var events: EventBus { feed.pipeline.parts.events }

  func run(_ write: ([UInt8]) async throws -> Void) async throws {
    let subscription = events.subscribe(
      where: { if case .log = $0 { false } else { true } }, { answer.wake() })
    defer { withExtendedLifetime(subscription) {} }
    var wakes = answer.wakes.makeAsyncIterator()
    var place = try await begin(write)
    while try await mayGoOn(write) {
      if let batch = events.recent(after: place, atMost: Self.batch) {
        if !batch.isEmpty {
          guard try await send(batch, &place, write) else { return }
          continue
        }
      } else {
        place = events.newest
        try await write(
          reset("events were missed: more came than are kept, or the configuration changed", place))
        continue
      }
      if answer.ticks.haveCome() {
        // The place moves on too where nothing was of interest: who comes back much later has
        // missed nothing then.
        try await write(EventFrame(id: id(place), comment: "keep-alive").bytes)
      }
      guard await wakes.next() != nil else { throw CancellationError() }
    }
  }

  /// Where the client goes on. Its first block says so, so that it can come back before the first
  /// event.
  private func begin(_ write: ([UInt8]) async throws -> Void) async throws -> Int {
    let newest = events.newest
    guard let lastEventID, !lastEventID.isEmpty else {
      try await write(EventFrame(id: id(newest), retry: Self.retry).bytes)
      return newest
    }
    let known = EventID(lastEventID, of: feed.pipeline.parts.owner)?.number
    if let known, events.recent(after: known, atMost: 0) != nil {
      try await write(EventFrame(id: id(known), retry: Self.retry).bytes)
      return known
    }
    try await write(EventFrame(retry: Self.retry).bytes)
    try await write(reset("Last-Event-ID names no event that can be gone on from", newest))
    return newest
  }

  /// Of several events of one thing the last speaks for all: what it says is what is true by then.
  /// False: the stream has ended in between.
  private func send(
    _ batch: [NumberedEvent], _ place: inout Int, _ write: ([UInt8]) async throws -> Void
  ) async throws -> Bool {
    var last: [PipelineEvent: Int] = [:]
    for event in batch { last[event.event] = event.number }
    for event in batch {
      if last[event.event] == event.number, let content = try await feed.content(of: event.event) {
        guard try await mayGoOn(write) else { return false }
        try await write(
          EventFrame(event: content.name, id: id(event.number), data: content.data).bytes)
      }
      place = event.number
    }
    return true
  }

  private func mayGoOn(_ write: ([UInt8]) async throws -> Void) async throws -> Bool {
    switch await answer.mayGoOn() {
    case .yes: return true
    case .notNow: return false
    case .tokenIsGone:
      try await write(EventFrame(comment: "the token is no longer known").bytes)
      return false
    }
  }

  private func reset(_ reason: String, _ place: Int) throws -> [UInt8] {
    struct Reason: Encodable { var reason: String }
    return EventFrame(
      event: "reset", id: id(place), data: try encodeJSON(Reason(reason: reason))
    ).bytes
  }

  private func id(_ number: Int) -> String {
    EventID(process: feed.pipeline.parts.owner, number: number).description
  }
}
