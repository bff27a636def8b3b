import Foundation
import Testing

@testable import GitHub

@Suite("JSON is accepted exactly if RFC 8259 does")
struct JSONScannerTests {
  static let accepted = [
    "null", "true", "false", "0", "-0", "12", "-1.5", "1e5", "1E+5", "1.25e-10",
    "123456789012345678",
    "\"\"", "\"a\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0041\\uD83D\\uDE00\"", "\"\u{7f}\"",
    "\"é文😀\"", "[]", "{}", "[1]", "[1,2]", "[ ]", "{ }", " \t\r\n[ 1 , 2 ] \t\r\n",
    "{\"a\":1}", "{\"a\":{\"b\":[{}]}}", "{\"a\":1,\"a\":2}", "[[[[]]]]", "{\"\":0}",
    "[null,true,false,\"x\",-1,{}]", "\"\\u0000\"", "{\"\\u0061\":1}",
  ]

  static let rejected = [
    "", " ", "nul", "nulll", "True", "NaN", "Infinity", "-", "+1", "01", "-01", "1.", ".5", "1e",
    "1e+", "0x10", "1 2", "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "\"\n\"",
    "\"\t\"", "\"\u{1f}\"", "'a'", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "{", "}",
    "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{a:1}", "{1:1}", "{\"a\" 1}",
    "{\"a\",1}", "{\"a\":1]", "{,}", "[]]", "{}{}", "// a\n1", "[1]/**/", "\u{feff}1", "\u{a0}1",
    "{\"a\":1 \"b\":2}", "tru", "fals", "nu", "[tru]", "\"a\"b", "{\"a\"::1}", "1.e5", "- 1",
  ]

  @Test("what the grammar takes", arguments: accepted)
  func accepts(_ text: String) throws {
    _ = try JSONScanner.scan(Array(text.utf8), JSONShape([]))
    #expect(foundationAccepts(Array(text.utf8)))
  }

  @Test("what it does not", arguments: rejected)
  func rejects(_ text: String) {
    #expect(throws: JSONError.self) {
      try JSONScanner.scan(Array(text.utf8), JSONShape([]))
    }
  }

  @Test(
    "strings must be UTF-8: no over-long forms, no surrogates, nothing beyond U+10FFFF",
    arguments: [
      [0x80], [0xc0, 0x80], [0xc1, 0xbf], [0xc3], [0xc3, 0x28], [0xe0, 0x80, 0x80],
      [0xe0, 0x9f, 0xbf], [0xe2, 0x82], [0xe2, 0x28, 0xa1], [0xed, 0xa0, 0x80],
      [0xed, 0xbf, 0xbf], [0xf0, 0x80, 0x80, 0x80], [0xf0, 0x8f, 0xbf, 0xbf], [0xf0, 0x9f, 0x98],
      [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xff], [0xfe],
    ] as [[UInt8]])
  func badUTF8(_ bytes: [UInt8]) {
    let text = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
    #expect(throws: JSONError(offset: 1, reason: .badUTF8)) {
      try JSONScanner.scan(text, JSONShape([]))
    }
    #expect(!foundationAccepts(text))
  }

  struct Fault: CustomTestStringConvertible, Sendable {
    var text: String
    var offset: Int
    var reason: JSONError.Reason
    var testDescription: String { "\(text): \(reason.rawValue) at \(offset)" }
  }

  @Test(
    "an error says where and why",
    arguments: [
      Fault(text: "{\"a\":1,}", offset: 7, reason: .unexpectedByte),
      Fault(text: "{\"a\":tru}", offset: 5, reason: .badLiteral),
      Fault(text: "{\"a\":01}", offset: 6, reason: .unexpectedByte),
      Fault(text: "{\"a\":-}", offset: 6, reason: .badNumber),
      Fault(text: "[\"a\\q\"]", offset: 3, reason: .badEscape),
      Fault(text: "[\"abcdefgh\u{1}\"]", offset: 10, reason: .controlCharacter),
      Fault(text: "[1] x", offset: 4, reason: .trailingBytes),
      Fault(text: "[1", offset: 2, reason: .unexpectedEnd),
    ])
  func faults(_ fault: Fault) {
    #expect(throws: JSONError(offset: fault.offset, reason: fault.reason)) {
      try JSONScanner.scan(Array(fault.text.utf8), JSONShape([]))
    }
  }

  @Test("nesting ends at 512, and a million brackets overflow nothing")
  func depth() throws {
    func nested(_ depth: Int) -> [UInt8] {
      Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
    }
    _ = try JSONScanner.scan(nested(512), JSONShape([]))
    #expect(throws: JSONError(offset: 512, reason: .tooDeep)) {
      try JSONScanner.scan(nested(513), JSONShape([]))
    }
    #expect(throws: JSONError(offset: 512, reason: .tooDeep)) {
      try JSONScanner.scan(nested(1_000_000), JSONShape([]))
    }
    let objects =
      String(repeating: "{\"a\":", count: 512) + "1" + String(repeating: "}", count: 512)
    let deep = try JSONScanner.scan(Array(objects.utf8), JSONShape([["a", "a", "a"]]))
    #expect(deep[0].kind == .object)
  }

  @Test("a string's end is found at every place within a word of eight bytes")
  func alignment() throws {
    for length in 0..<40 {
      for (special, isEnd) in [("\\n", false), ("é", false), ("\u{7f}", false), ("", true)] {
        let plain = String(repeating: "x", count: length)
        let text = Array("{\"k\":\"\(plain)\(special)yz\"}".utf8)
        let found = try JSONScanner.scan(text, JSONShape([["k"]]))
        #expect(found.string(0, in: text) == plain + (special == "\\n" ? "\n" : special) + "yz")
        #expect(isEnd == special.isEmpty)
      }
      let control = Array("\"\(String(repeating: "x", count: length))\u{1}\"".utf8)
      #expect(throws: JSONError(offset: length + 1, reason: .controlCharacter)) {
        try JSONScanner.scan(control, JSONShape([]))
      }
    }
  }
}

@Suite("What is wanted is found, wherever it stands")
struct JSONSelectionTests {
  private func strings(_ text: String, _ paths: [String]...) throws -> [String?] {
    let bytes = Array(text.utf8)
    let found = try JSONScanner.scan(bytes, JSONShape(paths))
    return paths.indices.map { found.string($0, in: bytes) }
  }

  @Test("by its path, and only there")
  func paths() throws {
    let text = """
      {"x":{"ref":"no"},"list":[{"ref":"no"},["ref"]],"ref":"yes",
       "repository":{"owner":{"name":"no"},"name":"shop","ref":"no"}}
      """
    #expect(
      try strings(text, ["ref"], ["repository", "name"], ["repository", "gone"], ["name"])
        == ["yes", "shop", nil, nil])
  }

  @Test("of equal keys the last wins, with everything in it")
  func duplicates() throws {
    #expect(try strings("{\"a\":\"1\",\"a\":\"2\"}", ["a"]) == ["2"])
    #expect(try strings("{\"a\":\"1\",\"a\":2}", ["a"]) == [nil])
    #expect(
      try strings("{\"r\":{\"a\":\"1\"},\"r\":{\"b\":\"2\"}}", ["r", "a"], ["r", "b"]) == [
        nil, "2",
      ])
    #expect(try strings("{\"r\":{\"a\":\"1\"},\"r\":null}", ["r", "a"]) == [nil])
    #expect(try strings("{\"r\":{\"a\":\"1\"},\"r\":[{\"a\":\"2\"}]}", ["r", "a"]) == [nil])
    #expect(try strings("{\"r\":{\"s\":{\"a\":\"1\"}},\"r\":{}}", ["r", "s", "a"]) == [nil])
  }

  @Test("a key is the same however it is escaped")
  func escapedKeys() throws {
    #expect(try strings("{\"\\u0072ef\":\"x\"}", ["ref"]) == ["x"])
    #expect(try strings("{\"ref\":\"x\",\"\\u0072\\u0065f\":\"y\"}", ["ref"]) == ["y"])
  }

  @Test("escapes become what they stand for")
  func escapes() throws {
    #expect(
      try strings("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\\u0000\"}", ["a"])
        == ["\"\\/\u{8}\u{c}\n\r\té😀\0"])
  }

  @Test(
    "half a surrogate pair becomes U+FFFD: a push is not lost for it",
    arguments: [
      ("\\uD83D", "\u{fffd}"), ("\\uDE00", "\u{fffd}"), ("\\uD83Dx", "\u{fffd}x"),
      ("\\uD83D\\n", "\u{fffd}\n"), ("\\uD83D\\uD83D\\uDE00", "\u{fffd}😀"),
      ("\\uD83D\\u0041", "\u{fffd}A"),
    ])
  func surrogates(_ escaped: String, _ text: String) throws {
    #expect(try strings("{\"a\":\"\(escaped)\"}", ["a"]) == [text])
  }

  @Test("other kinds of values are what they are")
  func kinds() throws {
    let text = Array(
      "{\"t\":true,\"f\":false,\"n\":null,\"i\":42,\"d\":1.5,\"m\":-1,\"b\":99999999999999999999}"
        .utf8)
    let shape = JSONShape([["t"], ["f"], ["n"], ["i"], ["d"], ["m"], ["b"], ["x"]])
    let found = try JSONScanner.scan(text, shape)
    #expect(
      (0..<8).map { found.boolean($0, in: text) } == [true, false] + Array(repeating: nil, count: 6)
    )
    #expect((0..<8).map { found.integer($0, in: text) } == [nil, nil, nil, 42, nil, nil, nil, nil])
    #expect(found[2].kind == .null)
    #expect(found[7].kind == .absent)
  }

  @Test(
    "an array of strings is read if it is one",
    arguments: [
      ("[]", []), ("[ ]", []), ("[\"push\"]", ["push"]), ("[ \"a\" , \"\\u0062\" ]", ["a", "b"]),
      ("[1]", nil), ("[\"a\",1]", nil), ("[[\"a\"]]", nil), ("\"a\"", nil), ("{}", nil),
    ] as [(String, [String]?)])
  func arrays(_ json: String, _ expected: [String]?) throws {
    let text = Array("{\"a\":\(json),\"b\":1}".utf8)
    #expect(try JSONScanner.scan(text, JSONShape([["a"]])).strings(0, in: text) == expected)
  }
}

func foundationAccepts(_ text: [UInt8]) -> Bool {
  do {
    _ = try JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)
    return true
  } catch {
    return false
  }
}
