import HTTPWire
import Testing
import WireKit

@Suite struct CorpusTests {
  @Test("what is made of it, wherever its bytes are split", arguments: Corpus.cases)
  func everySplit(_ wireCase: WireCase) async {
    for pieces in wireCase.input.everySplit {
      let replay = Replay(pieces, ends: wireCase.ends, limits: Corpus.limits)
      // Other tests share the few threads.
      await Task.yield()
      let events = replay.events.map(\.description)
      guard events != wireCase.expected || !replay.violations.isEmpty || replay.misreading != nil
      else { continue }
      #expect(events == wireCase.expected, "split as \(pieces.map(\.count).prefix(3))")
      #expect(replay.violations == [])
      #expect(replay.misreading == nil)
      return
    }
  }

  @Test("a second reading of the RFCs agrees", arguments: Corpus.cases)
  func secondReading(_ wireCase: WireCase) {
    let replay = Replay([wireCase.input[...]], ends: true, limits: Corpus.limits)
    let second = SecondReading.events(
      wireCase.input, limits: Corpus.limits, decisions: [Replay.Decision()])
    #expect(replay.events.map(SecondReading.Event.init) == second)
  }

  @Test("no case is there twice")
  func names() {
    let names = Dictionary(grouping: Corpus.cases, by: \.description)
    #expect(names.filter { $0.value.count > 1 }.keys.sorted() == [])
  }

  @Test("the limits that a server starts with")
  func defaults() {
    let limits = WireLimits()
    #expect(limits.head == 16_384)
    #expect(limits.target == 8192)
    #expect(limits.fields == 100)
    // RFC 9110 section 4.1: 8000 octets at least.
    let target = "/" + String(repeating: "a", count: 7999)
    let request = Array("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    #expect(Replay([request[...]]).events.map(\.description) == ["GET \(target)"])
  }
}
