import Foundation
import HTTPClient
import Synchronization
import TestKit
import Testing

@testable import APIClient

@Suite struct ServerAPITests {
  static let service = """
    {"name":"backend","repository":"shop","current":null,"inFlight":[],"held":null,"behind":null,\
    "hold":null,"health":null,"later":{"unknown":[1]}}
    """

  private func api(
    _ server: ScriptedServer, token: String? = "secret-token-0123", path: String = ""
  ) throws -> ServerAPI {
    ServerAPI(
      try ServerAddress(server.url + path), token: token.flatMap(BearerToken.init),
      http: HTTPClient(), pause: { _ in })
  }

  @Test("A call has its path, its query and the token; its answer is read and kept as it came")
  func call() async throws {
    let server = try ScriptedServer { _ in .response(200, text: Self.service) }
    defer { server.stop() }
    let answer = try await api(server, path: "/below/").service("a/b ?")
    #expect(answer.value.name == "backend")
    #expect(answer.json == Array(Self.service.utf8))
    let request = try #require(server.requests.first)
    #expect(request.method == "GET")
    #expect(request.target == "/below/api/v1/services/a%2Fb%20%3F")
    #expect(request.headers["authorization"] == "Bearer secret-token-0123")
  }

  @Test("All services are gathered from their pages, as one document")
  func pages() async throws {
    let server = try ScriptedServer { request in
      request.target.contains("cursor=b")
        ? .response(
          200,
          text:
            #"{"items":[ \#(Self.service.replacing("backend", with: "c]\\\",")) ],"nextCursor":null}"#
        )
        : .response(
          200,
          text:
            #"{"items":[\#(Self.service),\#(Self.service.replacing("backend", with: "b"))],"nextCursor":"b"}"#
        )
    }
    defer { server.stop() }
    let answer = try await api(server).services()
    #expect(answer.value.items.map(\.name) == ["backend", "b", "c]\","])
    #expect(
      server.requests.map(\.target) == [
        "/api/v1/services?limit=200", "/api/v1/services?limit=200&cursor=b",
      ])
    let again = try JSONDecoder().decode(
      ListRecord<ServiceRecord>.self, from: Data(answer.json))
    #expect(again.items == answer.value.items)
    #expect(again.nextCursor == nil)
    // What this version does not know is passed on.
    #expect(String(decoding: answer.json, as: UTF8.self).contains(#""later":{"unknown":[1]}"#))
  }

  @Test("A problem is what the server says; anything else is not understood")
  func failures() async throws {
    let problem =
      #"{"type":"about:blank","title":"Not Found","status":404,"detail":"none","requestId":"r1"}"#
    let server = try ScriptedServer { request in
      switch request.target {
      case "/api/v1/services/problem":
        .response(404, [("Content-Type", "application/problem+json")], text: problem)
      case "/api/v1/services/proxy": .response(502, [("Content-Type", "text/html")], text: "<h1>")
      case "/api/v1/services/plain":
        .response(
          400, [("Content-Type", "text/plain; charset=utf-8")], text: "This port speaks TLS\r\nmore"
        )
      case "/api/v1/services/nothing": .response(404)
      case "/api/v1/services/moved": .response(301, [("Location", "https://elsewhere/")])
      default: .response(200, text: "[]")
      }
    }
    defer { server.stop() }
    let api = try api(server)
    func failure(_ name: String) async -> APIFailure? {
      do throws(APIFailure) {
        _ = try await api.service(name)
        return nil
      } catch {
        return error
      }
    }
    guard case .refused(let refusal) = await failure("problem") else {
      Issue.record("not refused")
      return
    }
    #expect(refusal.problem.detail == "none")
    #expect(refusal.problem.requestId == "r1")
    #expect(refusal.json == Array(problem.utf8))
    for (name, status, words) in [
      ("proxy", 502, "text/html"), ("plain", 400, "its answer is \"This port speaks TLS\""),
      ("nothing", 404, "no content type"), ("moved", 301, "https://elsewhere/"),
      ("other", 200, "contract"),
    ] {
      guard case .notUnderstood(let got, let why) = await failure(name) else {
        Issue.record("\(name)")
        continue
      }
      #expect(got == status)
      #expect(why.contains(words))
    }
  }

  @Test("A change whose connection broke is sent again under its key, until it is known")
  func repeats() async throws {
    let tries = Atomic<Int>(0)
    let server = try ScriptedServer { _ in
      switch tries.add(1, ordering: .relaxed).newValue {
      case 1: .hangUp
      case 2:
        .response(
          409,
          text:
            #"{"title":"Conflict","status":409,"detail":"a request with this Idempotency-Key is still being worked on","requestId":"r"}"#
        )
      default: .response(200, text: Self.service)
      }
    }
    defer { server.stop() }
    let answer = try await api(server).placeHold(
      on: "backend", HoldOrder(until: "2h", reason: "load test"))
    #expect(answer.value.name == "backend")
    let keys = server.requests.map { $0.headers["idempotency-key"] }
    #expect(keys.count == 3)
    #expect(Set(keys).count == 1 && keys.first != nil)
    #expect(
      server.requests.first?.body == Array(#"{"until":"2h","reason":"load test"}"#.utf8)
        || server.requests.first?.body == Array(#"{"reason":"load test","until":"2h"}"#.utf8))
  }

  @Test("Another conflict is an answer, at the first try and later")
  func conflicts() async throws {
    let server = try ScriptedServer { _ in
      .response(
        409, text: #"{"title":"Conflict","status":409,"detail":"on hold","requestId":"r"}"#)
    }
    defer { server.stop() }
    await #expect(throws: APIFailure.self) {
      _ = try await api(server).retry("backend-1", ReasonOrder(reason: nil))
    }
    #expect(server.requests.count == 1)
    #expect(server.requests.first?.body == Array("{}".utf8))
  }

  @Test("Repeating ends: a server that never answers is no answer")
  func givesUp() async throws {
    let server = try ScriptedServer { _ in .hangUp }
    defer { server.stop() }
    await #expect(throws: APIFailure.self) {
      _ = try await api(server).cancel("backend-1", ReasonOrder(reason: "x"))
    }
    #expect(server.requests.count == 4)
    await #expect(throws: APIFailure.self) { _ = try await api(server).service("backend") }
    #expect(server.requests.count == 5, "what only reads is not repeated")
  }

  @Test("R13: what is printed of a token is not the token")
  func tokens() throws {
    let token = try #require(BearerToken("hunter2hunter2"))
    #expect(!"\(token)".contains("hunter2"))
    #expect(!String(reflecting: token).contains("hunter2"))
    #expect(BearerToken("a b") == nil)
    #expect(BearerToken("a\nb") == nil)
    #expect(BearerToken("") == nil)
  }

  @Test(
    "Addresses",
    arguments: [
      "slipway.example.com", "ftp://x", "https://", "https:///x", "https://user:pw@x",
      "https://x?a",
      "https://x#a", "https://x y", "https://:80",
    ])
  func badAddress(_ text: String) {
    do throws(ServerAddress.Fault) {
      _ = try ServerAddress(text)
      Issue.record("taken: \(text)")
    } catch {
      #expect(!error.sentence.contains("pw"))
    }
  }

  @Test func goodAddresses() throws {
    #expect(try ServerAddress("https://slipway.example.com//").url == "https://slipway.example.com")
    #expect(try ServerAddress("HTTP://[::1]:8080").isLoopback)
    #expect(try ServerAddress("http://127.0.0.1:8080").isLoopback)
    #expect(try !ServerAddress("http://127.example.com").isLoopback)
    #expect(try ServerAddress("https://x/slipway/").url == "https://x/slipway")
  }
}
