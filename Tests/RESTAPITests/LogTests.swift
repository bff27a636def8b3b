import DeployModel
import Foundation
import HTTPServer
import HTTPTypes
import Pipeline
import PipelineKit
import TestKit
import Testing

@testable import RESTAPI

/// `GET /api/v1/deployments/{id}/log`.
@Suite struct LogTests {
  private static let path = "/api/v1/deployments/backend-1/log"

  /// A log of 800,000 bytes in several chunks, of a deployment that has ended.
  private func finished() async throws -> (world: APIWorld, log: [UInt8]) {
    let world = try await APIWorld.make(services: ["backend"])
    let id = try await world.makeDeployment()
    let lines = (0..<20_000).map { "line \($0) of what the build has to say\n" }.joined()
    let log = Array(lines.utf8)
    try await world.appendLog(id, Array(log[..<300_000]))
    try await world.appendLog(id, Array(log[300_000...]))
    try await world.end(id)
    return (world, log)
  }

  private func get(
    _ world: APIWorld, _ headers: HTTPFields = [:], query: String = "",
    _ method: HTTPRequest.Method = .get
  ) async throws -> APIReply {
    try await world.call(method, Self.path + query, headers: headers)
  }

  @Test("the log of a finished deployment can be had whole, in parts, and is tagged")
  func whole() async throws {
    let (world, log) = try await finished()
    for query in ["", "?follow=true", "?follow=false"] {
      let answer = try await get(world, query: query)
      #expect(answer.status == 200)
      #expect(answer.bytes == log)
      #expect(answer.headers[.acceptRanges] == "bytes")
      #expect(answer.headers[.eTag] == "\"backend-1-\(log.count)\"")
      #expect(answer.headers[.cacheControl] == "private, no-cache")
      #expect(answer.headers[.vary] == "Accept-Encoding")
      #expect(answer.headers[.contentType] == "text/plain; charset=utf-8")
    }
  }

  @Test("bytes=-4096 is the tail; other single ranges are what they say, across chunks")
  func ranges() async throws {
    let (world, log) = try await finished()
    for (range, bytes) in [
      ("bytes=-4096", log.count - 4096..<log.count), ("bytes=0-9", 0..<10),
      ("bytes=299990-300009", 299_990..<300_010), ("bytes=262144-262144", 262_144..<262_145),
      ("bytes=100-", 100..<log.count), ("bytes=-999999999", 0..<log.count),
    ] {
      let answer = try await get(world, [.range: range])
      #expect(answer.status == 206, "\(range)")
      #expect(answer.bytes == Array(log[bytes]), "\(range)")
      #expect(
        answer.headers[.contentRange]
          == "bytes \(bytes.lowerBound)-\(bytes.upperBound - 1)/\(log.count)")
      #expect(answer.headers[.eTag] == "\"backend-1-\(log.count)\"")
      #expect(answer.headers[.cacheControl] == "private, no-cache")
    }
  }

  @Test("a range that the log does not have is 416, with its length")
  func unsatisfiable() async throws {
    let (world, log) = try await finished()
    let answer = try await get(world, [.range: "bytes=\(log.count)-"])
    #expect(answer.status == 416)
    #expect(answer.headers[.contentRange] == "bytes */\(log.count)")
    #expect(try answer.string("instance") == Self.path)
  }

  @Test("several ranges, or a range under another If-Range, are answered with the whole")
  func wholeInstead() async throws {
    let (world, log) = try await finished()
    for fields: HTTPFields in [
      [.range: "bytes=0-1,4-5"], [.range: "bytes=0-1", .ifRange: "\"backend-1-7\""],
    ] {
      let answer = try await get(world, fields)
      #expect(answer.status == 200)
      #expect(answer.bytes == log)
    }
    let fresh = try await get(
      world, [.range: "bytes=0-1", .ifRange: "\"backend-1-\(log.count)\""])
    #expect(fresh.status == 206)
  }

  @Test("If-None-Match spares the log that is known")
  func notModified() async throws {
    let (world, log) = try await finished()
    let answer = try await get(world, [.ifNoneMatch: "W/\"backend-1-\(log.count)\""])
    #expect(answer.status == 304)
    #expect(answer.headers[.eTag] == "\"backend-1-\(log.count)\"")
    #expect(answer.headers[.cacheControl] == "private, no-cache")
    #expect(answer.headers[.vary] == "Accept-Encoding")
  }

  @Test("a log that still grows has no parts and no tag: the whole, as it is by now")
  func growing() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let id = try await world.makeDeployment()
    try await world.appendLog(id, Array("so far".utf8))
    let answer = try await get(world, [.range: "bytes=0-1"])
    #expect(answer.status == 200)
    #expect(answer.text == "so far")
    #expect(answer.headers[.acceptRanges] == nil)
    #expect(answer.headers[.eTag] == nil)
    #expect(answer.headers[.cacheControl] == "no-store")
  }

  @Test("a log that was deleted for its age is not taken for an empty one")
  func deleted() async throws {
    let clock = JumpingClock()
    let world = try await APIWorld.make(services: ["backend"], clock: clock)
    let id = try await world.makeDeployment()
    try await world.appendLog(id, Array("STEP 1".utf8))
    try await world.end(id)
    clock.jump(by: .seconds(91 * 86_400))
    world.pipeline.start()
    try await eventually("the log is deleted") {
      try await world.pipeline.store.logChunkSizes(id).isEmpty
    }
    let answer = try await get(world)
    #expect(answer.status == 404)
    #expect(try #require(try answer.string("detail")).contains("retention.logs.age"))
    #expect(try await world.call(.get, "/api/v1/deployments/backend-1").status == 200)
  }

  @Test("an empty log is empty, whatever part of it is asked for")
  func empty() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let id = try await world.makeDeployment()
    try await world.end(id)
    for fields: HTTPFields in [[:], [.range: "bytes=0-"], [.range: "bytes=-4096"]] {
      let answer = try await get(world, fields)
      #expect(answer.status == 200)
      #expect(answer.bytes.isEmpty)
    }
  }

  /// A followed log, as its reader sees it.
  ///
  /// - Parameter gate: what is written waits there, as for a reader that takes nothing.
  private func follow(
    _ world: APIWorld, gate: Gate? = nil, browser: Browser? = nil
  ) async throws -> AsyncStream<String> {
    let response = await world.respond(
      .get, Self.path + "?follow=true", token: browser == nil ? APIWorld.reader : nil,
      headers: browser?.fields ?? [:])
    guard case .stream(let run) = response.body else { throw ShellFailure("\(response)") }
    let (pieces, continuation) = AsyncStream.makeStream(of: String.self)
    Task {
      do {
        try await run(
          HTTPBodyWriter { bytes in
            continuation.yield(String(decoding: bytes, as: UTF8.self))
            try await gate?.pass()
          })
        continuation.yield("END")
      } catch {
        continuation.yield("CUT")
      }
      continuation.finish()
    }
    return pieces
  }

  @Test("a followed log grows with the build, and ends with it")
  func follows() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let id = try await world.makeDeployment()
    try await world.appendLog(id, Array("one\n".utf8))
    var pieces = try await follow(world).makeAsyncIterator()
    #expect(await pieces.next() == "one\n")
    try await world.appendLog(id, Array("two\n".utf8))
    #expect(await pieces.next() == "two\n")
    try await world.end(id)
    #expect(await pieces.next() == "END")
  }

  @Test("R12: for a reader that takes nothing nothing is read; later it gets all that was missed")
  func slowReader() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let id = try await world.makeDeployment()
    try await world.appendLog(id, Array("one\n".utf8))
    let gate = Gate()
    var pieces = try await follow(world, gate: gate).makeAsyncIterator()
    #expect(await pieces.next() == "one\n")
    try await world.appendLog(id, Array("two\n".utf8))
    try await world.appendLog(id, Array("three\n".utf8))
    gate.open()
    #expect(await pieces.next() == "two\nthree\n")
    try await world.end(id)
    #expect(await pieces.next() == "END")
  }

  @Test("a server that stops cuts a followed log at once: it must not look complete")
  func stops() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let id = try await world.makeDeployment()
    try await world.appendLog(id, Array("one\n".utf8))
    var pieces = try await follow(world).makeAsyncIterator()
    #expect(await pieces.next() == "one\n")
    world.routes.longAnswers.end()
    #expect(await pieces.next() == "CUT")
    var late = try await follow(world).makeAsyncIterator()
    #expect(await late.next() == "one\n")
    #expect(await late.next() == "CUT")
  }

  @Test("R13: so does a token that is removed")
  func tokenRemoved() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let id = try await world.makeDeployment()
    try await world.appendLog(id, Array("one\n".utf8))
    var pieces = try await follow(world).makeAsyncIterator()
    #expect(await pieces.next() == "one\n")
    world.access.replace(tokens: [], anonymousRead: false)
    #expect(await pieces.next() == "CUT")
  }

  @Test("R13: and a session that ended in another process, though the build says nothing")
  func sessionEndedElsewhere() async throws {
    let clock = ManualClock()
    let world = try await APIWorld.make(services: ["backend"], clock: clock)
    let other = try APIWorld(
      world.pipeline, repositories: [("shop", world.pipeline.monorepo.url, "main")])
    let id = try await world.makeDeployment()
    try await world.appendLog(id, Array("one\n".utf8))
    let browser = try await Browser.signedIn(world)
    var pieces = try await follow(world, browser: browser).makeAsyncIterator()
    #expect(await pieces.next() == "one\n")
    _ = try await browser.at(other).call(.delete, "/session")
    try await eventually("the timer") { clock.sleepers > 0 }
    clock.advance(by: .seconds(15))
    #expect(await pieces.next() == "CUT")
  }
}
