import Testing

@testable import slipway

/// R13: a build's log cannot act on the terminal of whoever reads it.
@Suite struct LogFilterTests {
  private static let escape = "\u{1B}"

  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var input: [UInt8]
    var output: String

    init(_ name: String, _ input: String, _ output: String) {
      self.init(name, Array(input.utf8), output)
    }

    init(_ name: String, _ input: [UInt8], _ output: String) {
      self.name = name
      self.input = input
      self.output = output
    }

    var testDescription: String { name }
  }

  static let cases = [
    Case("text", "STEP 1/2: naïve 日本 🚀\n\tok\r\n", "STEP 1/2: naïve 日本 🚀\n\tok\r\n"),
    Case(
      "colours", "\(escape)[1;32mok\(escape)[0m \(escape)[mx",
      "\(escape)[1;32mok\(escape)[0m \(escape)[mx"),
    Case(
      "24-bit colours", "\(escape)[38;2;1;2;3mx\(escape)[38:5:9my",
      "\(escape)[38;2;1;2;3mx\(escape)[38:5:9my"),
    Case("progress", "10%\r\(escape)[K20%\u{8}\u{8}1%", "10%\r\(escape)[K20%\u{8}\u{8}1%"),
    Case(
      "cursor and screen", "a\(escape)[2J\(escape)[H\(escape)[1;1Hb\(escape)[?25lc\(escape)[6n",
      "abc"),
    Case("a title, ended by BEL", "a\(escape)]0;owned\u{7}b", "ab"),
    Case("the clipboard, ended by ST", "a\(escape)]52;c;cm0gLXJm\(escape)\\b", "ab"),
    Case(
      "DCS, APC, PM and SOS",
      "a\(escape)Pq#0\(escape)\\b\(escape)_x\(escape)\\c\(escape)^y\(escape)\\d\(escape)Xz\(escape)\\e",
      "abcde"),
    Case("a string without an end", "a\(escape)]0;no end\nnext", "a\nnext"),
    Case(
      "a string that another sequence ends", "a\(escape)]0;x\(escape)[31mred", "a\(escape)[31mred"),
    Case("reset and charsets", "a\(escape)cb\(escape)(0c\(escape)7d", "abcd"),
    Case("bells and other controls", "a\u{7}\u{0}\u{e}\u{7f}b", "ab"),
    Case("C1 controls in UTF-8", "a\u{9B}2Jb\u{9D}x", "a2Jbx"),
    Case(
      "C1 controls put together from halves",
      Array("a".utf8) + [0xC2, 0x07, 0x9D] + Array("0;x".utf8) + [0xC2, 0x00, 0x9C, 0xC2]
        + Array("\(escape)[31m".utf8) + [0x9B] + Array("2Jb".utf8),
      "a0;x\(escape)[31m2Jb"),
    Case("C1 controls by themselves", [0x61, 0x9B, 0x32, 0x4A, 0x9D, 0x62], "a2Jb"),
    Case("C1 controls in too many bytes", [0x61, 0xE0, 0x82, 0x9B, 0x62, 0xC1, 0x9B], "ab"),
    Case(
      "characters cut short",
      Array("é".utf8) + [0xC3, 0xE6, 0x97] + Array("日".utf8) + [0xF0, 0x9F], "é日"),
    Case("what only begins like one", "\u{C2}\u{A9} © é", "\u{C2}\u{A9} © é"),
    Case("a colour with private marks", "a\(escape)[>4;2mb\(escape)[ mc", "abc"),
    Case("a sequence cut by a line end", "a\(escape)[3\nb", "a\nb"),
    Case("parameters without end", "a\(escape)[\(String(repeating: "1;", count: 100))mb", "ab"),
    Case("an escape at the end", "a\(escape)", "a"),
  ]

  @Test("Colours stay, and what acts is gone", arguments: cases)
  func filters(_ one: Case) {
    var filter = LogFilter()
    #expect(String(decoding: filter.pass(one.input), as: UTF8.self) == one.output)
  }

  @Test("It does not matter where the log is cut into pieces", arguments: cases)
  func everySplit(_ one: Case) {
    for split in 0...one.input.count {
      var filter = LogFilter()
      let text = filter.pass(one.input[..<split]) + filter.pass(one.input[split...])
      #expect(String(decoding: text, as: UTF8.self) == one.output, "split at \(split)")
    }
  }

  @Test("The terminal is left as it was")
  func end() {
    var plain = LogFilter()
    _ = plain.pass(Array("whole line\n".utf8))
    #expect(plain.end() == [])
    var coloured = LogFilter()
    _ = coloured.pass(Array("\u{1B}[31mred".utf8))
    #expect(String(decoding: coloured.end(), as: UTF8.self) == "\u{1B}[0m\n")
  }
}
