import DeployModel
import Testing

@Suite("R4: what a commit message says about skipping")
struct SkipRulesTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var message: String
    var instruction: SkipInstruction?

    init(_ sentence: String, _ message: String, _ instruction: SkipInstruction?) {
      testDescription = sentence
      self.message = message
      self.instruction = instruction
    }
  }

  static let markers = [
    Row("[skip ci] in the subject", "docs: typo [skip ci]", .marker("[skip ci]")),
    Row("[ci skip] in the subject", "[ci skip] docs", .marker("[ci skip]")),
    Row("[no ci]", "docs [no ci]", .marker("[no ci]")),
    Row("[skip actions]", "docs [skip actions]", .marker("[skip actions]")),
    Row("[actions skip]", "docs [actions skip]", .marker("[actions skip]")),
    Row("in any case", "docs [Skip CI]", .marker("[skip ci]")),
    Row("in the body", "docs\n\nnothing to build\n[SKIP ACTIONS]\n", .marker("[skip actions]")),
    Row("in the middle of a word", "a[no ci]b", .marker("[no ci]")),
    Row("as the whole message", "[skip ci]", .marker("[skip ci]")),
    Row("not without brackets", "skip ci", nil),
    Row("not with other words", "[skip cd] [skip build] [ci-skip]", nil),
    Row("not over two lines", "docs [skip\nci]", nil),
    Row("not with another space", "docs [skip  ci]", nil),
    Row("an empty message", "", nil),
  ]

  static let trailers = [
    Row("the trailer with a space", "docs\n\n\nskip-checks: true", .trailer),
    Row("the trailer without a space", "docs\n\n\nskip-checks:true", .trailer),
    Row("after one empty line, as git folds two", "docs\n\nskip-checks: true\n", .trailer),
    Row("with line ends after it", "docs\n\nbody\n\nskip-checks: true\n\n\n", .trailer),
    Row("with CRLF", "docs\r\n\r\nskip-checks: true\r\n", .trailer),
    Row("in any case", "docs\n\nSkip-Checks: True", .trailer),
    Row(
      "as the last of several trailers",
      "docs\n\nbody\n\nSigned-off-by: A <a@example.com>\nskip-checks: true", .trailer),
    Row(
      "after a cherry-pick's line",
      "docs\n\n(cherry picked from commit 0123)\nskip-checks: true", .trailer),
    Row(
      "not as the first of several trailers",
      "docs\n\nskip-checks: true\nSigned-off-by: A <a@example.com>", nil),
    Row("not in a paragraph before the last", "docs\n\nskip-checks: true\n\nmore text", nil),
    Row("not as the subject", "skip-checks: true", nil),
    Row("not right under the subject", "docs\nskip-checks: true", nil),
    Row("not as the last line of prose", "docs\n\nthis is prose\nskip-checks: true", nil),
    Row("not if it says something else", "docs\n\nskip-checks: false", nil),
    Row("not if it says more", "docs\n\nskip-checks: true story", nil),
    Row("not under another name", "docs\n\nskip-checks-too: true", nil),
    Row("not if only empty lines come before it", "\n\nskip-checks: true", nil),
  ]

  @Test("one of five markers, anywhere", arguments: markers)
  func marker(_ row: Row) {
    #expect(SkipRules.instruction(in: row.message) == row.instruction)
  }

  @Test("skip-checks: true as the last trailer", arguments: trailers)
  func trailer(_ row: Row) {
    #expect(SkipRules.instruction(in: row.message) == row.instruction)
  }

  @Test("an instruction prints as what the message says")
  func description() {
    #expect("\(SkipInstruction.marker("[no ci]"))" == "[no ci]")
    #expect("\(SkipInstruction.trailer)" == "skip-checks: true")
  }
}
