import Deflate
import Foundation
import HTTPTypes
import PipelineKit
import TestKit
import Testing

@testable import RESTAPI

/// `/openapi.yaml`: conditions, codings and ranges of a file that never changes while we run.
@Suite struct StaticResourceTests {
  private func get(
    _ world: APIWorld, _ headers: HTTPFields = [:], _ method: HTTPRequest.Method = .get
  ) async throws -> APIReply {
    try await world.call(method, "/openapi.yaml", token: nil, headers: headers)
  }

  private func contract() throws -> [UInt8] {
    Array(try Data(contentsOf: Fixtures.packageRoot.appending(path: "openapi.yaml")))
  }

  @Test("it has a strong tag of its content, and is to be asked for again each time")
  func tag() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let answer = try await get(world)
    let output = try await shell(
      "sha256sum", Fixtures.packageRoot.appending(path: "openapi.yaml").path)
    #expect(answer.headers[.eTag] == "\"\(output.prefix(32))\"")
    #expect(answer.headers[.cacheControl] == "no-cache")
    #expect(answer.headers[.vary] == "Accept-Encoding")
    #expect(answer.headers[.acceptRanges] == "bytes")
    #expect(answer.headers[.contentType] == "application/yaml")
  }

  @Test("its gzip form is made once, and has a strong tag of its own")
  func packed() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let plain = try await get(world)
    let packed = try await get(world, [.acceptEncoding: "gzip"])
    #expect(packed.headers[.contentEncoding] == "gzip")
    #expect(packed.headers[.vary] == "Accept-Encoding")
    #expect(packed.bytes.count < plain.bytes.count / 4)
    #expect(try Gzip.decompress(packed.bytes, limit: 1 << 20) == contract())
    let tag = try #require(plain.headers[.eTag])
    #expect(packed.headers[.eTag] == "\(tag.dropLast())-gzip\"")
  }

  @Test("RFC 9110 section 15.4.5: 304 says what a 200 would say of caching, and has no body")
  func notModified() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    for coding in [nil, "gzip"] {
      var asking = HTTPFields()
      asking[.acceptEncoding] = coding
      let full = try await get(world, asking)
      asking[.ifNoneMatch] = full.headers[.eTag]
      for method: HTTPRequest.Method in [.get, .head] {
        let answer = try await get(world, asking, method)
        #expect(answer.status == 304)
        #expect(answer.bytes.isEmpty)
        for field: HTTPField.Name in [.eTag, .cacheControl, .vary] {
          #expect(answer.headers[field] == full.headers[field])
        }
        #expect(answer.headers[.contentType] == nil)
        #expect(answer.headers[.contentEncoding] == nil)
      }
    }
  }

  @Test("the tag of one form is not that of the other")
  func otherForm() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let packed = try await get(world, [.acceptEncoding: "gzip"])
    let answer = try await get(world, [.ifNoneMatch: try #require(packed.headers[.eTag])])
    #expect(answer.status == 200)
  }

  @Test("a part of it, and what has none")
  func ranges() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let bytes = try contract()
    let part = try await get(world, [.range: "bytes=10-19"])
    #expect(part.status == 206)
    #expect(part.bytes == Array(bytes[10..<20]))
    #expect(part.headers[.contentRange] == "bytes 10-19/\(bytes.count)")
    #expect(part.headers[.eTag] != nil)
    #expect(part.headers[.vary] == "Accept-Encoding")
    let none = try await get(world, [.range: "bytes=\(bytes.count)-"])
    #expect(none.status == 416)
    #expect(none.headers[.contentRange] == "bytes */\(bytes.count)")
    #expect(none.headers[.contentType] == "application/problem+json")
  }

  @Test("a part of the gzip form is one of its own bytes")
  func packedRange() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let whole = try await get(world, [.acceptEncoding: "gzip"])
    let part = try await get(world, [.acceptEncoding: "gzip", .range: "bytes=-8"])
    #expect(part.headers[.contentEncoding] == "gzip")
    #expect(part.bytes == Array(whole.bytes.suffix(8)))
  }

  @Test("If-Match with another tag is 412")
  func preconditionFailed() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let answer = try await get(world, [.ifMatch: "\"another\""])
    #expect(answer.status == 412)
    #expect(try answer.string("instance") == "/openapi.yaml")
  }
}
