import DeployModel
import Foundation
import HTTPServer
import HTTPTypes
import Synchronization
import TestKit

/// One block of an event stream.
struct EventBlock: Sendable {
  var fields: [String: String] = [:]
  var comment: String?

  init(_ text: String) throws {
    guard text.hasSuffix("\n\n") else { throw ShellFailure("not a whole block: \(text)") }
    for line in text.split(separator: "\n") {
      guard let colon = line.firstRange(of: ": ") else { throw ShellFailure("bad line: \(line)") }
      let (name, value) = (line[..<colon.lowerBound], String(line[colon.upperBound...]))
      if name.isEmpty { comment = value } else { fields[String(name)] = value }
    }
  }

  var event: String? { fields["event"] }
  var id: String? { fields["id"] }

  func json() throws -> [String: Any] {
    let data = Data((fields["data"] ?? "").utf8)
    guard let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw ShellFailure("not an object: \(fields)")
    }
    return object
  }
}

/// An event stream as its client sees it, without a socket.
final class EventClient {
  let head: ServerResponse
  /// The first block: the stream is heard from here on.
  private(set) var opening: EventBlock?
  private let blocks: AsyncStream<String>
  private let reading: Task<Void, Never>

  /// - Parameter gate: what is written waits there, as for a client that does not read.
  init(
    _ world: APIWorld, _ target: String = "/api/v1/events", after last: String? = nil,
    token: String? = APIWorld.reader, headers: HTTPFields = [:], gate: Gate? = nil
  ) async throws {
    var fields = headers
    if let last, let name = HTTPField.Name("Last-Event-ID") { fields[name] = last }
    head = await world.respond(.get, target, token: token, headers: fields)
    guard case .stream(let run) = head.body else { throw ShellFailure("\(head)") }
    let (blocks, continuation) = AsyncStream.makeStream(of: String.self)
    self.blocks = blocks
    reading = Task {
      do {
        try await run(
          HTTPBodyWriter { bytes in
            continuation.yield(String(decoding: bytes, as: UTF8.self))
            try await gate?.pass()
          })
      } catch {
        continuation.yield("cut: \(error)")
      }
      continuation.finish()
    }
    opening = try await next()
  }

  deinit { reading.cancel() }

  /// As a client that goes away.
  func leave() async {
    reading.cancel()
    await reading.value
  }

  /// Nil: the stream has come to a clean end.
  func next() async throws -> EventBlock? {
    for await text in blocks { return try EventBlock(text) }
    return nil
  }

  /// The next block that has an event; others are passed over.
  func event() async throws -> EventBlock {
    while let block = try await next() {
      if block.event != nil { return block }
    }
    throw ShellFailure("the stream has ended")
  }

  /// Everything up to the first event that `isLast` is true of, that included.
  func events(until isLast: (EventBlock) throws -> Bool) async throws -> [EventBlock] {
    var events: [EventBlock] = []
    while true {
      let event = try await event()
      events.append(event)
      if try isLast(event) { return events }
    }
  }
}
