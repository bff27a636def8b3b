import Posix
import Testing

@Suite struct SystemRandomTests {
  @Test func givesAsManyBytesAsAskedAndNeverTheSame() throws {
    let drawn = try (0..<100).map { _ in try SystemRandom.bytes(16) }
    #expect(drawn.allSatisfy { $0.count == 16 })
    #expect(Set(drawn).count == 100)
    #expect(try SystemRandom.bytes(0).isEmpty)
  }
}
