import HTTPTypes
import HTTPWire
import Testing
import WireKit

/// What holds for all values, tried on some: the seed is the test's argument.
@Suite struct PropertyTests {
  @Test("what is chunked by any client is the body, and not a byte more", arguments: UInt64(1)...4)
  func chunking(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<300 {
      let body = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
        UInt8.random(in: .min ... .max, using: &generator)
      }
      let request = Self.chunked(body, &generator)
      var decision = Replay.Decision()
      decision.bodyLimit = body.count
      let next = Array("GET /next HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
      let replay = Replay([(request + next)[...]], decisions: [decision])
      guard case .request(let served)? = replay.events.first, served.body == body,
        replay.events.last?.description == "GET /next"
      else {
        Issue.record("seed \(seed): \(String(decoding: request, as: UTF8.self)): \(replay.events)")
        return
      }
    }
  }

  private static func chunked(_ body: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var text = Array("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
    let endings = ["", ";a", ";a=b", " ; a = \"b;\\\"\"", ";a;b=c"]
    var rest = body[...]
    while !rest.isEmpty {
      let chunk = rest.prefix(.random(in: 1...60, using: &generator))
      let zeros = String(repeating: "0", count: .random(in: 0...3, using: &generator))
      let size = String(chunk.count, radix: 16, uppercase: .random(using: &generator))
      let ending = endings[Int.random(in: 0..<endings.count, using: &generator)]
      text += Array("\(zeros)\(size)\(ending)\r\n".utf8) + chunk + [13, 10]
      rest = rest.dropFirst(chunk.count)
    }
    let trailer = Bool.random(using: &generator) ? "A: b\r\n" : ""
    return text + Array("0\r\n\(trailer)\r\n".utf8)
  }

  @Test(
    "R13: whatever a handler puts into its fields, a client reads that and no more",
    arguments: UInt64(1)...4)
  func answers(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let names = ["A", "X-B", "Set-Cookie", "Content-Length", "Connection", "Transfer-Encoding"]
      .compactMap { HTTPField.Name($0) }
    let spice = Array("\r\n\0\t :;,\u{7F}é".utf8)
    for _ in 0..<500 {
      var fields = HTTPFields()
      for _ in 0..<Int.random(in: 0...4, using: &generator) {
        let name = names[Int.random(in: 0..<names.count, using: &generator)]
        let value = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
          Bool.random(using: &generator)
            ? spice[Int.random(in: 0..<spice.count, using: &generator)]
            : UInt8.random(in: .min ... .max, using: &generator)
        }
        fields.append(HTTPField(name: name, lenientValue: value))
      }
      let phrase = ["OK", "", "a\r\nb: c", "\u{1}", "é"][Int.random(in: 0..<5, using: &generator)]
      let code = [200, 204, 205, 304, 404][Int.random(in: 0..<5, using: &generator)]
      let status = HTTPResponse.Status(code: code, reasonPhrase: phrase)
      for body in [ResponseFraming.Body.known(5), .stream] {
        #expect(Judge.complaint(status, fields, body) == nil, "seed \(seed)")
      }
    }
  }
}
