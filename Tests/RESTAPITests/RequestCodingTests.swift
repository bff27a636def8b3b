import Deflate
import DeployModel
import Foundation
import HTTPServer
import HTTPTypes
import PipelineKit
import TestKit
import Testing

@testable import RESTAPI

/// Bodies that come packed (RFC 9110 sections 8.4 and 15.5.16).
@Suite struct RequestCodingTests {
  private static let path = "/api/v1/services/backend/hold"

  private func post(
    _ world: APIWorld, _ body: [UInt8], _ coding: String?, token: String? = APIWorld.admin
  ) async throws -> APIReply {
    var headers: HTTPFields = [.contentType: "application/json"]
    headers[.contentEncoding] = coding
    return try await APIReply(
      world.respond(.post, Self.path, body: body, token: token, headers: headers))
  }

  private let body = Array(#"{"reason":"freeze"}"#.utf8)

  @Test(
    "gzip is understood, under both of its names and in any case",
    arguments: [
      "gzip", "x-gzip", "GZIP", " gzip ", "identity, gzip", "gzip,",
    ])
  func gzip(_ coding: String) async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let answer = try await post(world, try Gzip.compress(body), coding)
    #expect(answer.status == 200, "\(answer.text)")
    let hold = try answer.json()["hold"] as? [String: Any]
    #expect(hold?["reason"] as? String == "freeze")
  }

  @Test(
    "no coding and identity are the body as it is", arguments: [nil, "", "identity", "Identity"])
  func identity(_ coding: String?) async throws {
    let world = try await APIWorld.make(services: ["backend"])
    #expect(try await post(world, body, coding).status == 200)
  }

  @Test(
    "another coding, or several, is 415 and says what is understood",
    arguments: ["br", "deflate", "gzip, gzip", "gzip, br", "zstd", "chunked"])
  func unknown(_ coding: String) async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let answer = try await post(world, try Gzip.compress(body), coding)
    #expect(answer.status == 415)
    #expect(answer.headers[.acceptEncoding] == "gzip")
    #expect(try answer.string("instance") == Self.path)
  }

  @Test("another media type is 415 too, and says which is taken")
  func mediaType() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let answer = try await world.call(
      .post, Self.path, body: "reason=x", headers: [.contentType: "text/plain"])
    #expect(answer.status == 415)
    #expect(answer.headers[.accept] == "application/json")
    #expect(answer.headers[.acceptEncoding] == nil)
  }

  @Test("what is no gzip, or only part of one, is 400")
  func malformed() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let packed = try Gzip.compress(body)
    for bytes in [body, Array(packed.dropLast()), packed + [0]] {
      let answer = try await post(world, bytes, "gzip")
      #expect(answer.status == 400)
      #expect(try answer.string("detail")?.contains("gzip") == true)
    }
  }

  @Test("R12: 64 KiB is the limit of what a body unpacks to; a bomb is 413 and says so")
  func bomb() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let padding = String(repeating: " ", count: (64 << 10) - body.count)
    let largest = try Gzip.compress(body + Array(padding.utf8))
    #expect(try await post(world, largest, "gzip").status == 200)
    let larger = try Gzip.compress(body + Array(padding.utf8) + [0x20])
    for packed in [larger, try Gzip.compress([UInt8](repeating: 0x20, count: 50 << 20))] {
      #expect(packed.count < 64 << 10)
      let answer = try await post(world, packed, "gzip")
      #expect(answer.status == 413)
      #expect(
        try answer.string("detail")
          == "The body, unpacked, is larger than 64 KiB, the most that a call of this API takes.")
    }
  }

  @Test("R13: for a stranger nothing is unpacked")
  func stranger() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    #expect(try await post(world, [1, 2, 3], "gzip", token: "wrong").status == 401)
  }

  @Test("the same body under one Idempotency-Key is the same, packed or not")
  func idempotency() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    var headers: HTTPFields = [.contentType: "application/json", .idempotencyKey: "k"]
    let plain = try await APIReply(
      world.respond(.post, Self.path, body: body, headers: headers))
    headers[.contentEncoding] = "gzip"
    let packed = try await APIReply(
      world.respond(.post, Self.path, body: try Gzip.compress(body), headers: headers))
    #expect(packed.status == 200)
    #expect(packed.text == plain.text)
  }
}

/// The same for webhooks, whose signature is over the bytes as they were sent.
@Suite struct WebhookCodingTests {
  private static let event = Array(#"{"action":"created"}"#.utf8)

  private func deliver(
    _ world: APIWorld, _ body: [UInt8], coding: String?, signing signed: [UInt8]? = nil,
    guid: String = "guid-1"
  ) async throws -> APIReply {
    let directory = try TemporaryDirectory("webhook-body")
    let file = URL(fileURLWithPath: directory.appending("body"))
    try Data(signed ?? body).write(to: file)
    let output = try await shell(
      "openssl", "dgst", "-sha256", "-hmac", APIWorld.secret, file.path)
    var headers: HTTPFields = [.contentType: "application/json"]
    headers[.contentEncoding] = coding
    headers[.hubSignature] = "sha256=" + (output.split(separator: " ").last ?? "")
    headers[.githubEvent] = "star"
    headers[.githubDelivery] = guid
    return try await world.webhook(body, headers: headers)
  }

  @Test(
    "R13: a packed delivery is verified as it came, then unpacked; its SHA-256 is that of the bytes sent"
  )
  func verifiedFirst() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let packed = try Gzip.compress(Self.event)
    let answer = try await deliver(world, packed, coding: "gzip")
    #expect(answer.status == 200, "\(answer.text)")
    #expect(try answer.string("status") == "ignored")
    let output = try await shell("openssl", "dgst", "-sha256", try file(packed))
    let id = try #require(DeliveryGUID("guid-1"))
    let stored = try #require(try await world.pipeline.store.delivery(id))
    #expect(stored.bodySHA256 == output.split(separator: " ").last.map(String.init))
  }

  private func file(_ bytes: [UInt8]) throws -> String {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).body")
    try Data(bytes).write(to: path)
    return path.path
  }

  @Test("R13: a signature over the unpacked bytes is none")
  func signedUnpacked() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let packed = try Gzip.compress(Self.event)
    #expect(
      try await deliver(world, packed, coding: "gzip", signing: Self.event).status == 401)
  }

  @Test(
    "R12: server.limits.body limits what it unpacks to; a signed bomb is 413, and nothing is stored"
  )
  func bomb() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let packed = try Gzip.compress([UInt8](repeating: 0x20, count: (25 << 20) + 1))
    let answer = try await deliver(world, packed, coding: "gzip")
    #expect(answer.status == 413)
    let detail = try #require(try answer.string("detail"))
    #expect(detail.hasPrefix("The body, unpacked, is larger than server.limits.body"))
    #expect(detail.contains("25 MiB"))
    let list = try await world.call(.get, "/api/v1/deliveries")
    #expect(try (list.json()["items"] as? [Any])?.isEmpty == true)
  }

  @Test("other codings are 415, damage is 400; neither is looked at before the signature")
  func refused() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let unknown = try await deliver(world, Self.event, coding: "br")
    #expect(unknown.status == 415)
    #expect(unknown.headers[.acceptEncoding] == "gzip")
    #expect(try await deliver(world, Self.event, coding: "gzip").status == 400)
    #expect(
      try await deliver(world, Self.event, coding: "br", signing: [1]).status == 401)
  }
}
