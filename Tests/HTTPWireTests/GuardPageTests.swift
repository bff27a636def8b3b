import HTTPWire
import Testing
import WireKit

/// A read or write outside of what was given ends the test process.
@Suite struct GuardPageTests {
  @Test("no byte before or behind the input is touched", arguments: GuardedMemory.Side.allCases)
  func everyPrefix(side: GuardedMemory.Side) async throws {
    let memory = try #require(GuardedMemory(capacity: 4 << 10, side: side))
    for wireCase in Corpus.cases {
      await Task.yield()
      for count in 0...wireCase.input.count {
        let prefix = wireCase.input[..<count]
        let replay = Replay([prefix], ends: true, limits: Corpus.limits, memory: memory)
        #expect(replay.violations == [])
      }
    }
  }

  @Test("nor when the input comes byte by byte", arguments: GuardedMemory.Side.allCases)
  func byteByByte(side: GuardedMemory.Side) async throws {
    let memory = try #require(GuardedMemory(capacity: 4 << 10, side: side))
    for wireCase in Corpus.cases {
      await Task.yield()
      let pieces = wireCase.input.indices.map { wireCase.input[$0...$0] }
      let replay = Replay(pieces, ends: wireCase.ends, limits: Corpus.limits, memory: memory)
      #expect(replay.events.map(\.description) == wireCase.expected)
    }
  }
}
