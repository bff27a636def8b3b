import HTTPWire
import Testing

/// SplitMix64: the same seed gives the same run.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

@Suite struct MutationTests {
  static let seeds = [
    "GET /a?b HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nA: b\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n!",
    "HEAD http://[::1]:80/ HTTP/1.0\r\n\r\n",
  ]
  static let tokens = [
    "\r", "\n", "\r\n", "\r\n\r\n", " ", "\t", ":", ",", "\0", "0", "-", "+", "chunked",
    "Content-Length",
    "Transfer-Encoding: ", "HTTP/1.1", "\u{7F}", ";", "ffffffffffffffff", "Host: b\r\n",
  ]

  @Test("whatever comes: no trap, no loop, the same events however it is split", arguments: 1...4)
  func mutated(seed: Int) async {
    var generator = SeededGenerator(state: UInt64(seed))
    var limits = WireLimits()
    limits.head = 512
    limits.target = 64
    limits.linger = 200
    for _ in 0..<1000 {
      await Task.yield()
      var bytes = (0..<Int.random(in: 1...3, using: &generator)).flatMap { _ in
        Array(Self.seeds[Int.random(in: 0..<Self.seeds.count, using: &generator)].utf8)
      }
      for _ in 0..<Int.random(in: 0...4, using: &generator) { mutate(&bytes, &generator) }

      let whole = Replay.events([bytes[...]], ends: true, limits: limits, bodyLimit: 64)
      let single = Replay.events(
        bytes.indices.map { bytes[$0...$0] }, ends: true, limits: limits, bodyLimit: 64)
      let place = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &generator)
      let halves = Replay.events(
        [bytes[..<place], bytes[place...]], ends: true, limits: limits, bodyLimit: 64)
      // The limit of what is thrown away counts arrivals, so `close` may come in between.
      guard whole != single || whole != halves || !isLegal(whole) else { continue }
      Issue.record(
        "\(String(decoding: bytes, as: UTF8.self).debugDescription): \(whole), \(single), \(halves)"
      )
      return
    }
  }

  /// Nothing is served after the last answer, and every connection comes to its end.
  private func isLegal(_ events: [String]) -> Bool {
    guard events.last == "close", events.filter({ $0 == "close" }).count == 1 else { return false }
    guard let last = events.firstIndex(of: "last") else { return true }
    return events[(last + 1)...] == ["close"]
  }

  private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
    let place = Int.random(in: 0...bytes.count, using: &generator)
    switch Int.random(in: 0..<5, using: &generator) {
    case 0:
      let token = Self.tokens[Int.random(in: 0..<Self.tokens.count, using: &generator)]
      bytes.insert(contentsOf: token.utf8, at: place)
    case 1 where place < bytes.count: bytes.remove(at: place)
    case 2 where place < bytes.count:
      bytes[place] = UInt8.random(in: 0...255, using: &generator)
    case 3: bytes.removeLast(bytes.count - place)
    default:
      let end = min(bytes.count, place + Int.random(in: 0...20, using: &generator))
      bytes.insert(contentsOf: bytes[place..<end], at: place)
    }
  }
}
