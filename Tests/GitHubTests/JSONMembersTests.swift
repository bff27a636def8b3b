import Testing
import WireKit

@testable import GitHub

@Suite("Flat objects of JSON")
struct JSONMembersTests {
  private func read(_ text: String) throws(JSONMembers.Refusal) -> [String: JSONMembers.Value] {
    try JSONMembers.read(Array(text.utf8))
  }

  @Test("every kind of plain value; of equal names the last counts")
  func values() throws {
    #expect(try read(" { } ").isEmpty)
    #expect(
      try read(#" {"a" : "x\n\u00e9" ,"b":true, "c":false,"d":null,"e":-1.5e3,"a":"y"} "#)
        == ["a": .string("y"), "b": .boolean(true), "c": .boolean(false), "d": .null, "e": .number])
    #expect(try read(#"{"\u0061":"\ud83d\ude00"}"#) == ["a": .string("😀")])
  }

  @Test(
    "R12: of what is nested the name is read, and nothing behind it, not even whether it is JSON",
    arguments: [
      #"{"z":[}"#, #"{"z":{"#, #"{"a":1,"z" : [[[[[[[[ "more": garbage"#,
      #"{"z":[[[["#,
    ])
  func nested(_ text: String) {
    #expect(throws: JSONMembers.Refusal.nested(name: "z")) { try read(text) }
    let deep = text + String(repeating: "[", count: 60_000)
    #expect(throws: JSONMembers.Refusal.nested(name: "z")) { try read(deep) }
  }

  @Test("as a member's value, the scanner and this reader take the same texts")
  func agreement() {
    for value in JSONScannerTests.accepted where !value.contains(where: { "[{".contains($0) }) {
      #expect(throws: Never.self, "\(value)") { try read("{\"a\":\(value)}") }
    }
    for value in JSONScannerTests.rejected where !value.contains(where: { "[{".contains($0) }) {
      #expect(throws: JSONMembers.Refusal.self, "\(value)") { try read("{\"a\":\(value)}") }
    }
  }

  @Test(
    "what is no object is refused, with the place",
    arguments: [
      ("", 0, .unexpectedEnd), ("[]", 0, .unexpectedByte), (#""a""#, 0, .unexpectedByte),
      ("{", 1, .unexpectedEnd), ("{,}", 1, .unexpectedByte), (#"{"a"}"#, 4, .unexpectedByte),
      (#"{"a":1,}"#, 7, .unexpectedByte), (#"{"a":1 "b":2}"#, 7, .unexpectedByte),
      (#"{"a":1]"#, 6, .unexpectedByte), (#"{"a":1}}"#, 7, .trailingBytes),
      (#"{"a":"#, 5, .unexpectedEnd), ("{1:1}", 1, .unexpectedByte),
    ] as [(String, Int, JSONError.Reason)])
  func refused(_ text: String, _ offset: Int, _ reason: JSONError.Reason) {
    #expect(throws: JSONMembers.Refusal.invalid(JSONError(offset: offset, reason: reason))) {
      try read(text)
    }
  }

  @Test("damaged at random, it agrees with a second reader of JSON", arguments: UInt64(1)...4)
  func damaged(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let whole = Array(#"{"token":"caf\u00e9 é","rebuild":true,"x":null,"n":-12.5}"#.utf8)
    var taken = 0
    for _ in 0..<2000 {
      var text = whole
      let place = Int.random(in: text.indices, using: &generator)
      text[place] = .random(in: 0...127, using: &generator)
      let shown = "seed \(seed): \(String(decoding: text, as: UTF8.self))"
      guard case .object(let tree) = PlainJSON(text, maximumDepth: 8) else {
        #expect(throws: JSONMembers.Refusal.self, "\(shown)") { try JSONMembers.read(text) }
        continue
      }
      taken += 1
      let members = try JSONMembers.read(text)
      #expect(Set(members.keys) == Set(tree.map(\.key)), "\(shown)")
      for (name, value) in tree {
        guard let text = value.text else { continue }
        #expect(members[name] == .string(text), "\(shown)")
      }
    }
    #expect(taken > 300 && taken < 2000)
  }
}
