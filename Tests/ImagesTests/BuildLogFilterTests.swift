import Testing

@testable import Images

@Suite struct BuildLogFilterTests {
  private func filtered(_ pieces: [String], secrets: [String]) async -> String {
    let log = LogCollector()
    let filter = BuildLogFilter(secrets: secrets.map { Array($0.utf8) }) { await log.append($0) }
    for piece in pieces { await filter.receive(Array(piece.utf8)) }
    await filter.finish()
    return await log.text
  }

  @Test("R13: a secret is blanked even where it comes in pieces")
  func pieces() async {
    let text = await filtered(
      ["one hun", "ter2 two\nhunter2", "hunter2"], secrets: ["hunter2", "hunter2hunter2"])
    #expect(text == "one *** two\n***\n")
  }

  @Test("R12: a line without end is passed on in pieces")
  func endless() async {
    let text = await filtered(
      Array(repeating: String(repeating: "x", count: 4096), count: 10), secrets: [])
    #expect(text.filter { $0 == "x" }.count == 40960)
    #expect(text.filter { $0 == "\n" }.count == 2)
  }
}
