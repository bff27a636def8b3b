import Foundation
import TestKit
import Testing

/// The command line against servers, and readers, that a real installation does not have on demand.
@Suite struct StrangeServerTests {
  @Test("Watching ends when nobody reads what it prints")
  func nobodyReads() async throws {
    let server = try ScriptedServer { request in
      guard request.target.hasPrefix("/api/v1/events") else {
        return .response(200, text: #"{"items":[],"nextCursor":null}"#)
      }
      return .live { send in
        _ = send(Array("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n".utf8))
        while send(Array("event: ping\ndata: {}\n\n".utf8)) {}
      }
    }
    defer { server.stop() }
    let said = try await shell(
      "bash", "-c", #"timeout 20 "$0" watch --json | head -n 1; echo "${PIPESTATUS[0]}""#,
      try binary().path, environment: ["SLIPWAY_URL": server.url])
    #expect(said == "{\"event\":\"ping\",\"data\":{}}\n0")
  }
}
