import Foundation
import Testing

@testable import Notifications

@Suite("A step as a CloudEvent")
struct CloudEventTests {
  @Test("CloudEvents 1.0, structured: these members, byte for byte the same whenever it is sent")
  func members() throws {
    let expected = """
      {"data":{"actor":"ada","at":"2025-12-03T09:19:37.125Z","cause":"push",\
      "createdAt":"2025-12-03T09:19:30.000Z","deployment":"backend-42",\
      "failure":{"code":"build_failed","message":"docker build: exit 7","stage":"building"},\
      "image":null,"manifestCommit":null,"previousState":"building","reason":"the build failed",\
      "recovered":false,"retryOf":null,"rollbackOf":null,"service":"backend",\
      "source":{"author":"Ada","branch":"main",\
      "commit":"e5c221614eab8ca2ac60bd7992170e701ed1d469","repository":"shop",\
      "subject":"Fix login"},"state":"failed","summary":"docker build: exit 7",\
      "supersededBy":null,"url":"https://slipway.example.com/deployments/backend-42"},\
      "datacontenttype":"application/json","id":"backend-42.3.1764753577125",\
      "source":"https://slipway.example.com","specversion":"1.0","subject":"backend-42",\
      "time":"2025-12-03T09:19:37.125Z","type":"io.slipway.deployment.failed"}
      """
    for _ in 1...3 {
      let bytes = try CloudEvent(try .make()).bytes()
      #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }
  }

  @Test("The source is never empty, for the specification asks for one")
  func source() throws {
    #expect(CloudEvent(try .make(page: nil, server: nil)).source == "slipway")
  }
}
