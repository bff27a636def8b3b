import DeployModel
import Foundation
import HTTPServer
import HTTPTypes
import Pipeline
import PipelineKit
import TestKit
import Testing

@testable import RESTAPI

/// `GET /api/v1/events`.
@Suite struct EventStreamTests {
  private func publish(_ world: APIWorld, _ service: String) throws {
    world.pipeline.pipeline.parts.events.publish(.service(try serviceName(service)))
  }

  @Test(
    "a stream says at once where it begins and when to come back; nothing may gather or keep it")
  func opening() async throws {
    let world = try await APIWorld.make()
    let client = try await EventClient(world)
    #expect(client.head.status == .ok)
    #expect(client.head.headers[.contentType] == "text/event-stream")
    #expect(client.head.headers[.cacheControl] == "no-store")
    #expect(client.head.headers[.accelBuffering] == "no")
    #expect(client.opening?.fields == ["retry": "3000", "id": "test-0"])
  }

  @Test("a push is seen on its way; each event has the shape that the API answers")
  func push() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let client = try await EventClient(world)
    world.pipeline.start()
    try await world.pipeline.push(["backend"], version: "1")
    try await world.pipeline.reach("backend-1", .committed)
    var committed = false
    let events = try await client.events { event in
      if event.event == "deployment" {
        committed = try event.json()["state"] as? String == "committed"
      }
      return committed && event.event == "service"
    }
    #expect(Set(events.compactMap(\.event)) == ["delivery", "deployment", "service"])
    for (name, path) in [
      ("deployment", "/api/v1/deployments/backend-1"), ("service", "/api/v1/services/backend"),
      ("delivery", "/api/v1/deliveries/delivery-1"),
    ] {
      let event = try #require(events.last { $0.event == name })
      var expected = try await world.call(.get, path).json()
      expected["timeline"] = nil
      #expect(try event.json() as NSDictionary == expected as NSDictionary, "\(name)")
    }
    let numbers = events.compactMap(\.id).map { Int($0.dropFirst("test-".count)) ?? -1 }
    #expect(numbers == numbers.sorted())
    #expect(Set(numbers).count == numbers.count)
  }

  @Test("Last-Event-ID goes on where the client was, and misses nothing")
  func resumes() async throws {
    let world = try await APIWorld.make()
    let first = try await EventClient(world)
    try publish(world, "backend")
    let seen = try await first.event()
    await first.leave()
    try publish(world, "frontend")
    try publish(world, "backend")
    let second = try await EventClient(world, after: seen.id)
    #expect(second.opening?.id == seen.id)
    let missed = [try await second.event(), try await second.event()]
    #expect(try missed.map { try $0.json()["name"] as? String } == ["frontend", "backend"])
    #expect(missed.map(\.id) == ["test-2", "test-3"])
  }

  @Test(
    "an id that cannot be gone on from is answered by reset, and by what comes after it",
    arguments: [
      "another-1", "test-99", "test-", "test-x", "test--1", "test-+1",
      "test-1000000000000000000000",
      "nonsense", "test",
    ])
  func unknownID(_ id: String) async throws {
    let world = try await APIWorld.make()
    try publish(world, "backend")
    let client = try await EventClient(world, after: id)
    let reset = try await client.event()
    #expect(reset.event == "reset")
    #expect(reset.id == "test-1")
    #expect(try reset.json()["reason"] as? String != nil)
    try publish(world, "frontend")
    let next = try await client.event()
    #expect(next.event == "service")
    #expect(next.id == "test-2")
  }

  @Test("an empty Last-Event-ID is none")
  func emptyID() async throws {
    let client = try await EventClient(try await APIWorld.make(), after: "")
    #expect(client.opening?.fields == ["retry": "3000", "id": "test-0"])
  }

  @Test("R12: what is too long ago is no longer kept: reset")
  func tooOld() async throws {
    let world = try await APIWorld.make()
    for _ in 0...EventBus.kept { try publish(world, "backend") }
    let gone = try await EventClient(world, after: "test-0")
    #expect(try await gone.event().event == "reset")
    let kept = try await EventClient(world, after: "test-1")
    #expect(try await kept.event().event == "service")
  }

  @Test("R12: for a client that does not read nothing is kept but its place; it is told reset")
  func slowReader() async throws {
    let world = try await APIWorld.make()
    let gate = Gate()
    let client = try await EventClient(world, gate: gate)
    #expect(client.opening?.id == "test-0")
    for _ in 0..<EventBus.kept { try publish(world, "backend") }
    try publish(world, "frontend")
    gate.open()
    let reset = try await client.event()
    #expect(reset.event == "reset")
    #expect(reset.id == "test-\(EventBus.kept + 1)")
    try publish(world, "frontend")
    let next = try await client.event()
    #expect(try next.json()["name"] as? String == "frontend")
    #expect(next.id == "test-\(EventBus.kept + 2)")
  }

  @Test("several changes of one thing that wait together arrive as one, with the last one's id")
  func coalesces() async throws {
    let world = try await APIWorld.make()
    for service in ["backend", "frontend", "backend", "backend"] { try publish(world, service) }
    let client = try await EventClient(world, after: "test-0")
    let events = [try await client.event(), try await client.event()]
    #expect(try events.map { try $0.json()["name"] as? String } == ["frontend", "backend"])
    #expect(events.map(\.id) == ["test-2", "test-4"])
  }

  @Test("?service= lets through what concerns these services: deployments, deliveries, themselves")
  func filter() async throws {
    let world = try await APIWorld.make()
    let client = try await EventClient(world, "/api/v1/events?service=backend")
    try await world.pipeline.push(["frontend"], version: "1")
    try await world.pipeline.push(["backend"], version: "2")
    let seen = try await client.events { $0.event == "delivery" }
    let words = try seen.map { event in
      let json = try event.json()
      return "\(event.event ?? "") \(json["id"] ?? json["guid"] ?? json["name"] ?? "")"
    }
    #expect(Set(words) == ["deployment backend-1", "service backend", "delivery delivery-2"])
    let both = try await EventClient(
      world, "/api/v1/events?service=backend&service=frontend", after: "test-0")
    let deliveries = try await both.events { try $0.json()["guid"] as? String == "delivery-2" }
      .filter { $0.event == "delivery" }
    #expect(
      try deliveries.map { try $0.json()["guid"] as? String } == ["delivery-1", "delivery-2"])
  }

  @Test(
    "a filter that could let nothing through is a mistake",
    arguments: [
      "service=nope", "service=backend&service=nope", "service=", "service=a%20b", "sevice=backend",
    ])
  func badFilter(_ query: String) async throws {
    let world = try await APIWorld.make()
    let answer = try await world.call(.get, "/api/v1/events?\(query)")
    #expect(answer.status == 400)
    #expect(answer.headers[.contentType] == "application/problem+json")
  }

  @Test("a silent stream says every 15 s that it is there, and moves the client's place on")
  func keepAlive() async throws {
    let clock = ManualClock()
    let world = try await APIWorld.make(clock: clock)
    let client = try await EventClient(world, "/api/v1/events?service=frontend")
    #expect(client.opening?.id == "test-0")
    for expected in ["test-0", "test-1"] {
      try await eventually("the timer") { clock.sleepers > 0 }
      clock.advance(by: .seconds(14))
      try await Task.sleep(for: .milliseconds(1))
      clock.advance(by: .seconds(1))
      let block = try #require(try await client.next())
      #expect(block.comment == "keep-alive")
      #expect(block.id == expected)
      #expect(block.event == nil)
      try publish(world, "backend")
    }
  }

  @Test("R13: without a token, or with a wrong one, there is no stream")
  func unauthenticated() async throws {
    let world = try await APIWorld.make()
    for token in [nil, "wrong"] {
      #expect(try await world.call(.get, "/api/v1/events", token: token).status == 401)
    }
  }

  @Test("R13: a token that is removed ends its stream at once, before anything more is said")
  func tokenRemoved() async throws {
    let world = try await APIWorld.make()
    let client = try await EventClient(world)
    let other = try await EventClient(world, token: APIWorld.admin)
    world.access.replace(
      tokens: try APIWorld.tokens().filter { $0.name != "reader" }, anonymousRead: false)
    try publish(world, "backend")
    #expect(try await client.next()?.comment == "the token is no longer known")
    #expect(try await client.next() == nil)
    #expect(try await other.event().event == "service")
  }

  @Test("R13: so does the end of anonymous reading")
  func anonymousReadEnds() async throws {
    let world = try await APIWorld.make()
    world.access.replace(tokens: try APIWorld.tokens(), anonymousRead: true)
    let client = try await EventClient(world, token: nil)
    #expect(client.opening?.id == "test-0")
    world.access.replace(tokens: try APIWorld.tokens(), anonymousRead: false)
    #expect(try await client.next()?.comment == "the token is no longer known")
    #expect(try await client.next() == nil)
  }

  @Test("a server that stops ends its streams at once and cleanly, without reset; no other begins")
  func stops() async throws {
    let world = try await APIWorld.make()
    let client = try await EventClient(world)
    world.routes.longAnswers.end()
    #expect(try await client.next() == nil)
    let late = try await world.call(.get, "/api/v1/events")
    #expect(late.status == 503)
    #expect(late.headers[.retryAfter] != nil)
  }

  @Test("a reload of the configuration may have changed every service: reset")
  func reload() async throws {
    let world = try await APIWorld.make()
    let client = try await EventClient(world)
    #expect(client.opening?.id == "test-0")
    try await world.pipeline.pipeline.configurationChanged()
    #expect(try await client.event().event == "reset")
  }

  @Test("R12: so many streams and followed logs, fewer without a token; then 503 until one ends")
  func limit() async throws {
    let world = try await APIWorld.make()
    world.access.replace(tokens: try APIWorld.tokens(), anonymousRead: true)
    func open(_ token: String?) async -> Int {
      let response = await world.respond(.get, "/api/v1/events", token: token)
      if response.status == .ok { held.append(response) }
      return response.status.code
    }
    var held: [Any] = []
    for _ in 0..<LongAnswers.anonymousLimit { #expect(await open(nil) == 200) }
    #expect(await open(nil) == 503)
    for _ in LongAnswers.anonymousLimit..<LongAnswers.limit {
      #expect(await open(APIWorld.reader) == 200)
    }
    let refused = try await world.call(.get, "/api/v1/events", token: APIWorld.reader)
    #expect(refused.status == 503)
    #expect(refused.headers[.retryAfter] == "5")
    #expect(try refused.string("detail")?.contains("200") == true)
    let id = try await world.makeDeployment()
    let log = "/api/v1/deployments/\(id)/log"
    #expect(try await world.call(.get, "\(log)?follow=true").status == 503, "it counts too")
    #expect(try await world.call(.get, log).status == 200)
    held.removeFirst()
    #expect(await open(APIWorld.reader) == 200, "a place that nobody streams to is free again")
  }

  @Test("a client that leaves gives its place back")
  func leaves() async throws {
    let world = try await APIWorld.make()
    for _ in 0..<(LongAnswers.limit + 10) {
      let client = try await EventClient(world)
      #expect(client.opening != nil)
      await client.leave()
    }
  }
}
