import Testing
import WireKit

@testable import HTTPServer

@Suite struct PathComponentsTests {
  @Test(
    "split before decoding: an encoded slash is a slash within a component",
    arguments: [
      ("/", [""]), ("//", ["", ""]), ("/a/b", ["a", "b"]), ("/a%2Fb", ["a/b"]),
      ("/%2e%2e/", ["..", ""]),
      ("/%C3%A9é", ["éé"]), ("/a+b", ["a+b"]), ("/%25%32%35", ["%25"]),
    ])
  func decodes(path: String, components: [String]) {
    #expect(PathComponents(path)?.decoded == components)
  }

  @Test(
    "no control byte, no half percent sign, nothing but UTF-8, nothing without a slash",
    arguments: [
      "", "a", "*", "/%", "/%4", "/%4/1", "/%zz", "/%+1", "/%00", "/%1F", "/%7f", "/\u{7F}", "/a\0",
      "/%FF", "/%C3", "/%C3/%A9", "/%ED%A0%80", "/%C0%AF",
    ])
  func refuses(path: String) { #expect(PathComponents(path) == nil) }

  @Test("whatever is encoded is decoded to the same", arguments: UInt64(1)...4)
  func roundTrip(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<300 {
      let components = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
        String(
          decoding: (0..<Int.random(in: 0...12, using: &generator)).map { _ in
            UInt8.random(in: 0x20...0x7E, using: &generator)
          } + (Bool.random(using: &generator) ? Array("é😀".utf8) : []), as: UTF8.self)
      }
      let path = components.map { "/\(Self.encoded($0, &generator))" }.joined()
      #expect(PathComponents(path)?.decoded == components, "seed \(seed): \(path)")
    }
  }

  /// Letters now and then as they are, all else by its digits, in either case.
  private static func encoded(_ text: String, _ generator: inout SeededGenerator) -> String {
    text.utf8.map { byte in
      let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      if isLetter, Bool.random(using: &generator) { return String(UnicodeScalar(byte)) }
      let digits = String(byte, radix: 16, uppercase: Bool.random(using: &generator))
      return "%\(digits.utf8.count == 1 ? "0" : "")\(digits)"
    }.joined()
  }
}
