import DeployModel
import Foundation
import HTTPServer
import HTTPTypes
import Pipeline
import PipelineKit
import Posix
import Synchronization
import TestKit
import Testing

@testable import RESTAPI

/// The API as curl and Python's requests see it.
@Suite struct PeerTests {
  /// Fifty deployments' worth of history, the newest with a log, none running.
  private func history() async throws -> (server: APIServer, log: [UInt8]) {
    let world = try await APIWorld.make(services: ["backend"])
    for _ in 1..<50 { try await world.makeDeployment() }
    let id = try await world.makeDeployment()
    let log = Array((0..<10_000).map { "line \($0)\n" }.joined().utf8)
    try await world.appendLog(id, log)
    try await world.end(id)
    return (try APIServer(world), log)
  }

  private func ids(_ answer: ChildResult) throws -> [String] {
    struct List: Decodable {
      struct Item: Decodable { var id: String }
      var items: [Item]
    }
    return try JSONDecoder().decode(List.self, from: Data(answer.output)).items.map(\.id)
  }

  @Test("curl and requests read a packed list, a tenth of its size on the way")
  func packedList() async throws {
    let (server, _) = try await history()
    let target = "\(server.url)/api/v1/deployments"
    let plain = try await server.curl(target)
    #expect(plain.succeeded, "\(plain.errorText)")
    let packed = try await server.curl(
      "--compressed", "-w", "%{stderr}%{size_download}", target)
    #expect(try ids(packed) == ids(plain))
    #expect(try ids(plain).count == 50)
    let size = try #require(Int(packed.errorText))
    #expect(size < plain.output.count / 8)
    let python = try await server.requests(
      """
      r = s.get(url + '/api/v1/deployments')
      assert r.headers['Content-Encoding'] == 'gzip' and r.headers['Vary'] == 'Accept-Encoding'
      assert len(r.json()['items']) == 50
      """)
    #expect(python.succeeded, "\(python.errorText)")
    await server.stop()
  }

  @Test("curl keeps a tag, and spares itself what has not changed")
  func etags() async throws {
    let (server, log) = try await history()
    let directory = try TemporaryDirectory("etags")
    for (name, path, size) in [
      ("contract", "/openapi.yaml", nil), ("log", "/api/v1/deployments/backend-50/log", log.count),
    ] {
      let file = directory.appending(name)
      for expected in ["200", "304"] {
        let result = try await server.curl(
          "--etag-compare", file, "--etag-save", file, "-w", "%{stderr}%{http_code}",
          server.url + path)
        #expect(result.errorText == expected)
        if expected == "304" { #expect(result.output.isEmpty) }
        if expected == "200", let size { #expect(result.output.count == size) }
      }
    }
    await server.stop()
  }

  @Test("curl gets the tail of a log, and the rest of one that it has the beginning of")
  func ranges() async throws {
    let (server, log) = try await history()
    let target = "\(server.url)/api/v1/deployments/backend-50/log"
    let tail = try await server.curl("-f", "-r", "-4096", target)
    #expect(tail.output == Array(log.suffix(4096)))
    let directory = try TemporaryDirectory("resume")
    let file = directory.appending("log")
    try Data(log[..<5000]).write(to: URL(fileURLWithPath: file))
    let rest = try await server.curl("-f", "-C", "-", "-o", file, target)
    #expect(rest.succeeded, "\(rest.errorText)")
    #expect(Array(try Data(contentsOf: URL(fileURLWithPath: file))) == log)
    let beyond = try await server.curl("-r", "\(log.count)-", "-D", "-", target)
    #expect(beyond.outputText.hasPrefix("HTTP/1.1 416 "))
    #expect(beyond.outputText.lowercased().contains("content-range: bytes */\(log.count)\r\n"))
    let python = try await server.requests(
      """
      r = s.get(url + '/api/v1/deployments/backend-50/log', headers={'Range': 'bytes=-10'})
      assert r.status_code == 206 and len(r.content) == 10, r
      assert 'Content-Encoding' not in r.headers
      """)
    #expect(python.succeeded, "\(python.errorText)")
    await server.stop()
  }

  @Test("requests sends a packed body; 415 and 400 answer it what is wrong")
  func packedRequest() async throws {
    let server = try APIServer(try await APIWorld.make(services: ["backend"]))
    let python = try await server.requests(
      """
      import gzip, json
      target = url + '/api/v1/services/backend/hold'
      def post(body, coding):
          return s.post(target, data=body,
              headers={'Content-Type': 'application/json', 'Content-Encoding': coding})
      body = json.dumps({'reason': 'freeze'}).encode()
      r = post(gzip.compress(body), 'gzip')
      assert r.status_code == 200 and r.json()['hold']['reason'] == 'freeze', r.text
      assert post(body, 'gzip').status_code == 400
      r = post(body, 'br')
      assert r.status_code == 415 and r.headers['Accept-Encoding'] == 'gzip'
      r = post(gzip.compress(b' ' * (10 << 20)), 'gzip')
      assert r.status_code == 413 and 'unpacked' in r.json()['detail'], r.text
      """)
    #expect(python.succeeded, "\(python.errorText)")
    await server.stop()
  }

  @Test("R12: 413 says on the wire which limit was passed, where, and what to do")
  func tooLarge() async throws {
    let server = try APIServer(try await APIWorld.make(services: ["backend"]))
    let directory = try TemporaryDirectory("large")
    let file = directory.appending("body")
    try Data(repeating: 0x20, count: (25 << 20) + 1).write(to: URL(fileURLWithPath: file))
    for (path, words) in [
      ("/webhooks/github", "server.limits.body, which is 25 MiB. For larger pushes raise it"),
      ("/webhooks/github/shop", "server.limits.body"),
      ("/api/v1/plan", "64 KiB, the most that a call of this API takes"),
    ] {
      let result = try await server.curl(
        "-H", "Content-Type: application/json", "--data-binary", "@\(file)", server.url + path)
      let problem = try #require(
        try JSONSerialization.jsonObject(with: Data(result.output)) as? [String: Any])
      #expect(problem["status"] as? Int == 413)
      #expect(problem["title"] as? String == "Content Too Large")
      #expect(problem["instance"] as? String == path)
      #expect((problem["detail"] as? String)?.contains(words) == true, "\(problem)")
      #expect((problem["requestId"] as? String)?.count == 13)
    }
    await server.stop()
  }

  /// Runs a script that prints a line for everything that it hears, and gives those lines.
  private func listen(
    _ server: APIServer, _ script: String
  ) -> (lines: AsyncStream<String>, child: Task<ChildResult, any Error>) {
    let (lines, continuation) = AsyncStream.makeStream(of: String.self)
    let prologue = """
      import sys, requests
      s = requests.Session()
      s.headers['Authorization'] = 'Bearer ' + sys.argv[2]
      url = sys.argv[1]

      """
    let child = ChildProcess(
      "/usr/bin/python3", ["-u", "-c", prologue + script, server.url, APIWorld.reader],
      environment: ["PATH": "/usr/bin:/bin"], deadline: .seconds(120))
    let task = Task {
      defer { continuation.finish() }
      return try await child.converse { talk throws(ChildError) in
        var rest: [UInt8] = []
        while let bytes = try await talk.receive() {
          rest += bytes
          while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            continuation.yield(String(decoding: rest[..<end], as: UTF8.self))
            rest.removeSubrange(...end)
          }
        }
      }
    }
    return (lines, task)
  }

  @Test("requests hears each line of a followed, packed log when it is written, and its end")
  func followedLog() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let id = try await world.makeDeployment()
    let server = try APIServer(world)
    let (lines, child) = listen(
      server,
      """
      r = s.get(url + '/api/v1/deployments/backend-1/log?follow=true', stream=True)
      print(r.headers['Content-Encoding'])
      for line in r.iter_lines(chunk_size=1): print(line.decode())
      print('END')
      """)
    var heard = lines.makeAsyncIterator()
    #expect(await heard.next() == "gzip")
    for line in ["STEP 1", "STEP 2", String(repeating: "x", count: 50_000)] {
      try await world.appendLog(id, Array("\(line)\n".utf8))
      #expect(await heard.next() == line)
    }
    try await world.end(id)
    #expect(await heard.next() == "END")
    #expect(try await child.value.succeeded)
    await server.stop()
  }

  @Test("requests hears events as they come; a server that stops ends its stream cleanly, at once")
  func events() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let server = try APIServer(world)
    let (lines, child) = listen(
      server,
      """
      r = s.get(url + '/api/v1/events', stream=True)
      assert r.headers['Content-Type'] == 'text/event-stream' and 'Content-Encoding' not in r.headers
      for line in r.iter_lines(chunk_size=1):
          if line.startswith((b'event:', b'id:', b'retry:')): print(line.decode())
      print('END')
      """)
    var heard = lines.makeAsyncIterator()
    #expect(await heard.next() == "retry: 3000")
    #expect(await heard.next() == "id: test-0")
    for number in 1...2 {
      world.pipeline.pipeline.parts.events.publish(.service(try serviceName("backend")))
      #expect(await heard.next() == "id: test-\(number)")
      #expect(await heard.next() == "event: service")
    }
    // Would wait out its minute, and fail below, if the stream did not end by itself.
    await server.stop()
    #expect(await heard.next() == "END")
    #expect(try await child.value.succeeded)
    #expect(server.server.connectionCount == 0)
  }

  @Test("HEAD of streams has their fields, begins none of them, and the connection goes on")
  func head() async throws {
    let (server, _) = try await history()
    let result = try await server.curl(
      "-I", "-w", "%{stderr}%{num_connects} ", "\(server.url)/api/v1/events",
      "\(server.url)/api/v1/deployments/backend-50/log?follow=true", "\(server.url)/livez")
    #expect(result.succeeded, "\(result.errorText)")
    let answers = result.outputText.lowercased()
    #expect(answers.contains("\r\ncontent-type: text/event-stream\r\n"))
    #expect(answers.contains("\r\naccept-ranges: bytes\r\n"))
    #expect(answers.components(separatedBy: "http/1.1 200 ").count == 4)
    #expect(result.errorText == "1 0 0 ")
    await server.stop()
  }

  @Test("clients of events that go away are let go as soon as there is something to tell them")
  func leaving() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let server = try APIServer(world)
    let python = try await server.requests(
      """
      for count in range(20):
          r = requests.get(url + '/api/v1/events', headers=s.headers, stream=True)
          assert next(r.iter_lines(chunk_size=1)) == b'retry: 3000'
          r.close()
      """)
    #expect(python.succeeded, "\(python.errorText)")
    try await eventually("the end of every connection") {
      world.pipeline.pipeline.parts.events.publish(.service(try serviceName("backend")))
      return server.server.connectionCount == 0
    }
    await server.stop()
  }

  @Test("under HTTP/1.0 a stream works too, and its end is the connection's")
  func oldVersion() async throws {
    let (server, log) = try await history()
    let result = try await server.curl(
      "--http1.0", "--compressed", "\(server.url)/api/v1/deployments/backend-50/log")
    #expect(result.succeeded)
    #expect(result.output == log)
    await server.stop()
  }
}
