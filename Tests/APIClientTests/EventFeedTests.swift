import Dispatch
import HTTPClient
import Synchronization
import TestKit
import Testing

@testable import APIClient

@Suite struct EventFeedTests {
  private static let head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"

  private static func service(_ name: String, id: String) -> String {
    "id: \(id)\nevent: service\ndata: \(ServerAPITests.service.replacing("backend", with: name))\n\n"
  }

  private func feed(
    _ server: ScriptedServer, pauses: PauseLog = PauseLog()
  ) throws -> EventFeed {
    let api = ServerAPI(
      try ServerAddress(server.url), token: nil, http: HTTPClient(), pause: { _ in })
    return EventFeed(api, services: ["a", "b"], pause: { pauses.add($0) })
  }

  final class PauseLog: Sendable {
    private let pauses = Mutex<[Duration]>([])
    var all: [Duration] { pauses.withLock { $0 } }
    func add(_ pause: Duration) { pauses.withLock { $0.append(pause) } }
  }

  @Test("A stream that breaks is taken up again after its last id, when the server said")
  func resumes() async throws {
    let count = Atomic<Int>(0)
    let server = try ScriptedServer { _ in
      let text =
        count.add(1, ordering: .relaxed).newValue == 1
        ? Self.head + "retry: 20\nid: p-1\n\n" + Self.service("one", id: "p-2")
        : Self.head + "retry: 20\nid: p-2\n\n" + Self.service("two", id: "p-3")
      return .bytes(Array(text.utf8))
    }
    defer { server.stop() }
    let pauses = PauseLog()
    let feed = try feed(server, pauses: pauses)
    guard case .open(isResumed: false) = try await feed.next() else { throw Unexpected() }
    #expect(try await name(feed.next()) == "one")
    guard case .lost(nil, retryIn: .milliseconds(20)) = try await feed.next() else {
      throw Unexpected()
    }
    guard case .open(isResumed: true) = try await feed.next() else { throw Unexpected() }
    #expect(try await name(feed.next()) == "two")
    #expect(pauses.all == [.milliseconds(20)])
    #expect(
      server.requests.map(\.target)
        == Array(repeating: "/api/v1/events?service=a&service=b", count: 2))
    #expect(server.requests.map { $0.headers["last-event-id"] } == [nil, "p-2"])
  }

  @Test("While nobody is there it waits longer and longer, and then goes on")
  func backsOff() async throws {
    let count = Atomic<Int>(0)
    let server = try ScriptedServer { _ in
      count.add(1, ordering: .relaxed).newValue < 4
        ? .hangUp : .bytes(Array((Self.head + Self.service("one", id: "p-1")).utf8))
    }
    defer { server.stop() }
    let pauses = PauseLog()
    let feed = try feed(server, pauses: pauses)
    for _ in 0..<3 {
      guard case .lost(.some, _) = try await feed.next() else { throw Unexpected() }
    }
    guard case .open = try await feed.next() else { throw Unexpected() }
    #expect(try await name(feed.next()) == "one")
    #expect(pauses.all == [.seconds(3), .seconds(6), .seconds(12)])
  }

  @Test("What another try will not mend is thrown: a token that is not known")
  func refused() async throws {
    let server = try ScriptedServer { _ in
      .response(
        401, text: #"{"title":"Unauthorized","status":401,"detail":"no","requestId":"r"}"#)
    }
    defer { server.stop() }
    let feed = try feed(server)
    await #expect(throws: APIFailure.self) { _ = try await feed.next() }
    #expect(server.requests.count == 1)
  }

  @Test("An event of a kind that is not known is handed on; one that lies is not")
  func kinds() async throws {
    let server = try ScriptedServer { _ in
      .bytes(
        Array(
          (Self.head + "event: weather\ndata: {\"rain\":true}\n\n"
            + "event: reset\ndata: {\"reason\":\"missed\"}\n\nevent: service\ndata: {}\n\n").utf8))
    }
    defer { server.stop() }
    let feed = try feed(server)
    _ = try await feed.next()
    guard case .event(let weather) = try await feed.next(), case .other = weather.content else {
      throw Unexpected()
    }
    #expect(weather.json == #"{"rain":true}"#)
    guard case .event(let reset) = try await feed.next(),
      case .reset(reason: "missed") = reset.content
    else { throw Unexpected() }
    await #expect(throws: APIFailure.self) { _ = try await feed.next() }
  }

  private func name(_ notice: EventFeed.Notice) throws -> String {
    guard case .event(let event) = notice, case .service(let service) = event.content else {
      throw Unexpected()
    }
    return service.name
  }

  struct Unexpected: Error {}
}

@Suite struct BuildLogReaderTests {
  @Test("A followed log that is cut goes on after what was read")
  func goesOn() async throws {
    let count = Atomic<Int>(0)
    let server = try ScriptedServer { _ in
      let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      let text =
        switch count.add(1, ordering: .relaxed).newValue {
        case 1: head + "6\r\nSTEP 1\r\n"
        case 2: "HTTP/1.1 503 no\r\nContent-Length: 0\r\n\r\n"
        default: head + "4\r\nSTEP\r\n5\r\n 1 ok\r\n0\r\n\r\n"
        }
      return .bytes(Array(text.utf8))
    }
    defer { server.stop() }
    let api = ServerAPI(try ServerAddress(server.url), token: nil, http: HTTPClient())
    let log = BuildLogReader(api, of: "backend-1", follow: true, pause: { _ in })
    var text = ""
    while let bytes = try await log.next() { text += String(decoding: bytes, as: UTF8.self) }
    #expect(text == "STEP 1 ok")
    #expect(
      server.requests.map(\.target)
        == Array(
          repeating: "/api/v1/deployments/backend-1/log?follow=true", count: 3))
  }

  @Test("One that is not followed is asked for once")
  func once() async throws {
    let server = try ScriptedServer { _ in .hangUp }
    defer { server.stop() }
    let api = ServerAPI(try ServerAddress(server.url), token: nil, http: HTTPClient())
    let log = BuildLogReader(api, of: "backend-1", follow: false, pause: { _ in })
    await #expect(throws: APIFailure.self) { _ = try await log.next() }
    #expect(server.requests.map(\.target) == ["/api/v1/deployments/backend-1/log"])
  }
}
