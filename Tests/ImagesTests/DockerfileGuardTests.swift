import Testing

@testable import Images

@Suite struct DockerfileGuardTests {
  /// The file's lines, the guard's own shown as `#`.
  private func shape(
    _ text: String, _ arguments: [String: String] = [:], platform: String? = nil
  ) -> [String] {
    lines(text, arguments, platform: platform).map { $0.hasPrefix("ARG SLIPWAY_") ? "#" : $0 }
  }

  private func lines(
    _ text: String, _ arguments: [String: String] = [:], platform: String? = nil
  ) -> [String] {
    let bytes = DockerfileGuard(arguments: arguments, platform: platform)
      .apply(to: Array(text.utf8))
    // By bytes: to Swift, CR LF is one character, and no line feed.
    return bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func aDeclarationComesBeforeEachArgumentThatIsPassed() {
    let file = "ARG BASE=a\nFROM $BASE\nARG V=1\narg  OTHER\nRUN x\nFROM b\n\tARG\tV"
    #expect(shape(file) == file.split(separator: "\n").map(String.init))
    #expect(
      shape(file, ["V": "2", "BASE": "c"]) == [
        "ARG BASE=a", "FROM $BASE", "#", "ARG V=1", "arg  OTHER", "RUN x", "FROM b", "#",
        "\tARG\tV",
      ])
  }

  @Test func itsNameFollowsTheValueAndNothingElse() {
    let file = "FROM scratch\nARG V"
    #expect(lines(file, ["V": "1"])[1] == lines(file, ["V": "1", "W": "2"])[1])
    #expect(lines(file, ["V": "1"])[1] != lines(file, ["V": "2"])[1])
    #expect(lines(file, ["V": "1"])[1].hasPrefix("ARG SLIPWAY_"))
    #expect(lines(file, ["V": "1"])[1].hasSuffix("="))
  }

  @Test func aPlatformIsDeclaredInEachStage() {
    #expect(
      shape("FROM a\nRUN x\nFROM b", platform: "linux/arm64") == [
        "FROM a", "#", "RUN x", "FROM b", "#", "",
      ])
  }

  @Test(
    "an ARG inside another instruction is none",
    arguments: [
      "FROM a\nRUN echo \\\nARG V\n",
      "FROM a\nRUN echo \\  \n# comment\n\n  ARG V\n",
      "FROM a\nRUN <<EOF\nARG V\nEOF\n",
      "FROM a\nCOPY <<-'one' <<two /\nARG V\n\tone\nARG V\ntwo\n",
      "# escape=`\nFROM a\nRUN dir c:\\ `\nARG V\n",
      "FROM a\n# ARG V\n",
    ])
  func hidden(file: String) {
    #expect(
      lines(file, ["V": "1"])
        == file.split(separator: "\n", omittingEmptySubsequences: false)
        .map(String.init))
  }

  @Test(
    "an ARG after what only looks like a continuation or a here-document is one",
    arguments: [
      "FROM a\nRUN echo $((1<<n))\nARG V\n",
      "# escape=`\nFROM a\nRUN dir c:\\\nARG V\n",
      "FROM a\nRUN <<EOF\nEOF\nARG V\n",
      "FROM a\r\nRUN a \\\r\n b\r\nARG V\r\n",
      "\u{FEFF}FROM a\nENV A=<<x\nARG V\nx\n",
      "FROM a\nARG A=1 \\\n V\n",
    ])
  func visible(file: String) {
    #expect(lines(file, ["V": "1"]).count { $0.hasPrefix("ARG SLIPWAY_") } == 1)
    let rest = lines(file, ["V": "1"]).filter { !$0.hasPrefix("ARG SLIPWAY_") }
    #expect(rest.joined(separator: "\n") == file)
  }
}
