import Testing

@testable import APIClient

@Suite struct EventParserTests {
  private typealias Block = EventParser.Block

  private let text =
    ": hello\nretry: 3000\nid: a-1\n\nid: a-2\nevent: service\ndata: {\"name\":\ndata: \"ünï\"}\n\n"
    + ": keep-alive\r\nid: a-3\r\n\r\nevent: reset\rdata: x\r\rid: a-4\ndata\n\nunknown: y\ndata:no space\n\n"
  private let blocks = [
    Block(event: "service", data: "{\"name\":\n\"ünï\"}", id: "a-2"),
    Block(event: "reset", data: "x", id: "a-3"),
    Block(event: "message", data: "", id: "a-4"),
    Block(event: "message", data: "no space", id: "a-4"),
  ]

  @Test("Blocks, comments, ids and every kind of line end")
  func whole() throws {
    var parser = EventParser()
    #expect(try parser.take(text.utf8) == blocks)
    #expect(parser.lastEventID == "a-4")
    #expect(parser.retry == 3000)
  }

  @Test("It does not matter where the stream is cut into pieces")
  func everySplit() throws {
    let bytes = Array(text.utf8)
    for split in bytes.indices {
      var parser = EventParser()
      let first = try parser.take(bytes[..<split])
      #expect(first + (try parser.take(bytes[split...])) == blocks, "split at \(split)")
    }
    var parser = EventParser()
    #expect(try bytes.flatMap { try parser.take([$0]) } == blocks)
  }

  @Test("A block that its connection cut is forgotten; the place is not")
  func continues() throws {
    var parser = EventParser()
    #expect(try parser.take("id: a-9\nretry: 5\n\nevent: service\ndata: half".utf8) == [])
    var next = EventParser(continuing: parser)
    #expect(next.lastEventID == "a-9")
    #expect(next.retry == 5)
    #expect(
      try next.take("data: whole\n\n".utf8) == [
        Block(event: "message", data: "whole", id: "a-9")
      ])
  }

  @Test("What is no number is no pause, and an id with NUL is none")
  func nonsense() throws {
    var parser = EventParser()
    #expect(try parser.take("retry: -1\nretry: 1e9\nretry: \nid: a\u{0}b\n\n".utf8) == [])
    #expect(parser.retry == nil)
    #expect(parser.lastEventID == nil)
  }

  @Test("R12: a line without end is given up")
  func limit() {
    var parser = EventParser()
    #expect(throws: EventParser.TooLong.self) {
      _ = try parser.take([UInt8](repeating: 0x61, count: EventParser.lineLimit + 1))
    }
  }
}
