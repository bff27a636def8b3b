import Testing

@testable import slipway

@Suite struct StyledTextTests {
  @Test("R13: nothing that a terminal obeys gets through, whoever wrote it")
  func harmless() {
    #expect(StyledText("a\u{1B}[2Jb\u{7}c\u{9B}d").text == "a\u{FFFD}[2Jb\u{FFFD}c\u{FFFD}d")
    #expect(StyledText("one\ntwo\r\tthree\u{2028}four").text == "one two  three four")
    #expect(StyledText("abc\u{202E}txt.exe\u{2066}").text == "abc\u{FFFD}txt.exe\u{FFFD}")
    let hostile = "\u{1B}]0;x\u{7}"
    #expect(("interpolated \(hostile)" as StyledText).text == "interpolated \u{FFFD}]0;x\u{FFFD}")
    // What joins the pieces of a picture is not of that kind.
    #expect(StyledText("👩‍💻").text == "👩‍💻")
  }

  @Test("Cutting goes by columns, and says that it cut")
  func truncated() {
    let text = StyledText("日本", .bold) + StyledText("語 and more")
    #expect(text.width == 15)
    #expect(text.truncated(to: 15) == text)
    #expect(text.truncated(to: 14).text == "日本語 and mo…")
    #expect(text.truncated(to: 6).text == "日本…", "half a wide character is none")
    #expect(text.truncated(to: 5).text == "日本…")
    #expect(text.truncated(to: 4).text == "日…")
    #expect(text.truncated(to: 1).text == "…")
    #expect(text.truncated(to: 0).text == "")
    for limit in 0...15 { #expect(text.truncated(to: limit).width <= limit) }
  }

  @Test("Colour stands around pieces, and only where it is wanted")
  func rendered() {
    let text = StyledText("ok", .green) + StyledText(" and ") + StyledText("not", .red)
    #expect(text.rendered(inColour: false) == "ok and not")
    #expect(
      text.rendered(inColour: true) == "\u{1B}[32mok\u{1B}[0m and \u{1B}[31mnot\u{1B}[0m")
  }

  @Test func padded() {
    #expect(StyledText("日").padded(to: 4).text == "日  ")
    #expect(StyledText("7").padded(to: 3, onTheLeft: true).text == "  7")
    #expect(StyledText("long").padded(to: 2).text == "long")
  }

  @Test func joined() {
    #expect(["a", "b", "c"].joined(by: "; ").text == "a; b; c")
    #expect([StyledText]().joined(by: "; ").isEmpty)
  }

  @Test func paragraphs() {
    #expect(Paragraph.lines("one two three", width: 8) == ["one two", "three"])
    #expect(Paragraph.lines("averylongword b", width: 5) == ["averylongword", "b"])
    #expect(Paragraph.lines("one two", width: nil) == ["one two"])
    #expect(Paragraph.lines("", width: 5) == [""])
  }
}
