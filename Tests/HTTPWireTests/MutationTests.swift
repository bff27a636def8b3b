import HTTPWire
import Testing
import WireKit

/// What a fuzzer does for hours (`scripts/fuzz`), for a moment in every run of the tests: the seed
/// is the test's argument, and the same seed makes the same inputs.
@Suite struct MutationTests {
  private static let tokens = [
    "\r", "\n", "\r\n", "\r\n\r\n", " ", "\t", ":", ",", "\0", "0", "-", "+", "chunked", "\"",
    "Content-Length: 1\r\n", "Transfer-Encoding: ", "HTTP/1.1", "\u{7F}", ";", "a=\"", "%",
    "ffffffffffffffff", "Host: b\r\n", "http://b", "Connection: close\r\n", "\u{212A}", "0\r\n\r\n",
  ]

  private static let limits = Judge.smallLimits

  @Test(
    "whatever comes, it is read in one way, and nothing follows a refusal",
    arguments: UInt64(1)...8)
  func mutated(seed: UInt64) async {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<800 {
      await Task.yield()
      let input = Self.input(&generator)
      let complaint = Judge.complaint(
        Self.pieces(input, &generator), limits: Self.limits,
        decisions: (0..<4).map { _ in Self.decision(&generator) })
      guard let complaint else { continue }
      Issue.record("seed \(seed): \(complaint)")
      return
    }
  }

  @Test("an interruption by the driver leaves what came before as it was", arguments: UInt64(1)...8)
  func interrupted(seed: UInt64) async {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<800 {
      await Task.yield()
      let input = Self.input(&generator)
      let complaint = Judge.complaint(
        input, interruptedAt: Int.random(in: 0...input.count, using: &generator),
        by: Bool.random(using: &generator) ? .deadline : .noRoom, limits: Self.limits)
      guard let complaint else { continue }
      Issue.record("seed \(seed): \(complaint)")
      return
    }
  }

  private static func input(_ generator: inout SeededGenerator) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      guard let wireCase = Corpus.cases.randomElement(using: &generator) else { continue }
      bytes += wireCase.input.prefix(600)
    }
    for _ in 0..<Int.random(in: 0...4, using: &generator) { mutate(&bytes, &generator) }
    return bytes
  }

  private static func decision(_ generator: inout SeededGenerator) -> Replay.Decision {
    var decision = Replay.Decision()
    decision.bodyLimit = [0, 2, 10, 1000][Int.random(in: 0..<4, using: &generator)]
    decision.status = [200, 204, 205, 304, 404, 500][Int.random(in: 0..<6, using: &generator)]
    decision.body =
      Bool.random(using: &generator) ? .stream : .known(.random(in: 0...20, using: &generator))
    decision.closes = Int.random(in: 0..<8, using: &generator) == 0
    return decision
  }

  private static func pieces(
    _ bytes: [UInt8], _ generator: inout SeededGenerator
  ) -> [ArraySlice<UInt8>] {
    let most = [1, 3, 20, 400][Int.random(in: 0..<4, using: &generator)]
    var pieces: [ArraySlice<UInt8>] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(.random(in: 1...most, using: &generator))
      pieces.append(piece)
      rest = rest.dropFirst(piece.count)
    }
    return pieces
  }

  private static func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
    let place = Int.random(in: 0...bytes.count, using: &generator)
    switch Int.random(in: 0..<6, using: &generator) {
    case 0, 1:
      let token = tokens[Int.random(in: 0..<tokens.count, using: &generator)]
      bytes.insert(contentsOf: token.utf8, at: place)
    case 2 where place < bytes.count: bytes.remove(at: place)
    case 3 where place < bytes.count:
      bytes[place] = UInt8.random(in: 0...255, using: &generator)
    case 4: bytes.removeLast(bytes.count - place)
    default:
      let end = min(bytes.count, place + Int.random(in: 0...20, using: &generator))
      bytes.insert(contentsOf: bytes[place..<end], at: place)
    }
  }
}
