import DeployModel
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

  @Test("R13: a secret is blanked where a line that is too long is cut, too")
  func cutThrough() async {
    let secret = "hunter2-is-the-word"
    for length in (16 << 10) - 30...(16 << 10) + 2 {
      let line = String(repeating: "x", count: length) + secret
      let text = await filtered(
        [String(line.prefix(16_390)), String(line.dropFirst(16_390))], secrets: [secret])
      #expect(
        text.replacing("\n", with: "") == String(repeating: "x", count: length) + "***", "\(length)"
      )
    }
  }

  @Test("R13: a failure's message is blanked before it is cut")
  func longSecret() async {
    let secret = "key:" + String(repeating: "k", count: 2300)
    let filter = BuildLogFilter(secrets: [Array(secret.utf8)]) { _ in }
    let failure = BuildError(
      code: .buildFailed, message: "building at RUN: exit code: 1\n\(secret)", disposition: .giveUp)
    let shown = await BuildKitFailure.shown(failure, by: filter)
    #expect(shown.message == "building at RUN: exit code: 1\n***")
  }
}
