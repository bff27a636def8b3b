import DeployModel
import Testing

@testable import slipway

/// Deterministic: a failure comes back with its seed.
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

@Suite("Configuration: no file crashes it")
struct MutationTests {
  private static let pieces = [
    "{", "}", "[", "]", ":", ": ", "- ", "#", "'", "\"", "\n", "\t", " ", "&a", "*a", "!!str", "!",
    "|", ">", "%", "@", "`", "---", "...", "<<: ", "? ", "\u{0}", "\u{FEFF}", "\u{85}", "é",
    "\u{E000}",
    "null", "~", "-1", "1e999", "0x", "99999999999999999999", "services", "api", "..", "/", "\\",
    "\u{1F600}", "\r\n", "\r", ",", "a: 1\na: 2\n",
  ]

  private func survives(_ text: String) {
    do throws(ConfigurationErrors) {
      let configuration = try Configuration.parse(
        text, file: "f", path: "/nonexistent/f", environment: ["T": "a-token-of-enough-length"])
      #expect(configuration.file == "/nonexistent/f")
    } catch {
      #expect(!error.errors.isEmpty)
      for problem in error.errors {
        #expect(problem.position.line > 0 && problem.position.column > 0)
        #expect(!problem.sentence.contains("\n"), "\(problem)")
      }
    }
  }

  @Test("two thousand files with pieces put in, taken out and moved", arguments: 0..<8)
  func mutations(_ seed: Int) {
    let base = Array(
      yaml(
        service: "argocd: { application: api }\nrollout: { deadline: 5m }",
        top: """
          server: { listen: 127.0.0.1:8080, limits: { body: 25MiB } }
          builder: { kind: docker, host: "unix:///x" }
          registries: { ghcr.io: { username: bot, password: { env: T } } }
          notifications: [ { url: 'https://x.example', states: [failed] } ]
          """
      ).replacing("{ file: api.token }", with: "{ env: T }")
        .replacing("{ file: webhook.secret }", with: "{ env: T }").unicodeScalars)
    var generator = Generator(state: UInt64(seed))
    for _ in 0..<250 {
      var scalars = base
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let at = Int.random(in: 0...scalars.count, using: &generator)
        let length = Int.random(in: 0...12, using: &generator)
        let end = min(scalars.count, at + length)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: scalars.removeSubrange(at..<end)
        case 1: scalars.insert(contentsOf: scalars[at..<end], at: 0)
        case 2:
          let piece = Self.pieces.randomElement(using: &generator) ?? ""
          scalars.replaceSubrange(at..<end, with: piece.unicodeScalars)
        default:
          let piece = Self.pieces.randomElement(using: &generator) ?? ""
          scalars.insert(contentsOf: piece.unicodeScalars, at: at)
        }
      }
      survives(String(String.UnicodeScalarView(scalars)))
    }
  }

  @Test("nesting, aliases of aliases, and very long things")
  func hostile() {
    survives(String(repeating: "[", count: 100_000))
    survives(String(repeating: "{a: ", count: 100_000))
    survives(String(repeating: "- ", count: 5000))
    survives("services: {" + String(repeating: "x", count: 100_000) + ": 1}")
    survives(String(repeating: "a: 1\n", count: 2000))
    var bomb = "a0: &a0 [x, x]\n"
    for level in 1...25 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    survives(bomb + "services: *a25\nserver: *a25\n")
    survives("? [a, b]\n: 1\n? {x: y}\n: 2\n")
    survives("a: *nowhere")
    survives("a: &a [*a]")
  }
}
