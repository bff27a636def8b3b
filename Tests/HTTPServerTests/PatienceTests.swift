import HTTPWire
import Posix
import Testing

@testable import HTTPServer

/// R12: every wait for a client ends.
@Suite struct PatienceTests {
  private let limits: ServerLimits = {
    var limits = ServerLimits()
    limits.head = .seconds(1_000)
    limits.idle = .seconds(2_000)
    limits.body = .seconds(3_000)
    limits.bodyRate = 10
    limits.write = .seconds(4_000)
    limits.writeRate = 5
    limits.linger = .seconds(5_000)
    return limits
  }()

  /// Seconds from now, rounded: the limits are so long that a slow machine does not matter.
  private func seconds(_ deadline: MonotonicTime?) -> Int? {
    guard let deadline else { return nil }
    let left = Double(deadline.nanoseconds) - Double(MonotonicTime.now().nanoseconds)
    return Int((left / 1e11).rounded()) * 100
  }

  @Test(
    "R12: a connection's first request is waited for as a head, the next as long as it may idle")
  func idle() {
    var patience = Patience()
    #expect(seconds(patience.deadline(in: .idle, isWriting: false, limits: limits)) == 1_000)
    patience.headIsThere()
    #expect(seconds(patience.deadline(in: .idle, isWriting: false, limits: limits)) == 2_000)
    #expect(seconds(patience.deadline(in: .head, isWriting: false, limits: limits)) == 1_000)
    #expect(seconds(patience.deadline(in: .linger, isWriting: false, limits: limits)) == 5_000)
    #expect(patience.deadline(in: .response, isWriting: false, limits: limits) == nil)
  }

  @Test("R12: a body has the longer the more of it came, and each request anew")
  func body() {
    var patience = Patience()
    patience.headIsThere()
    #expect(seconds(patience.deadline(in: .body, isWriting: false, limits: limits)) == 3_000)
    patience.bodyCame(5_000)
    #expect(seconds(patience.deadline(in: .body, isWriting: false, limits: limits)) == 3_500)
    patience.headIsThere()
    #expect(seconds(patience.deadline(in: .body, isWriting: false, limits: limits)) == 3_000)
  }

  @Test("R12: an answer has the longer the more of it was taken, from its first wait")
  func answer() {
    var patience = Patience()
    #expect(seconds(patience.deadline(in: .response, isWriting: true, limits: limits)) == 4_000)
    patience.sent(5_000)
    #expect(seconds(patience.deadline(in: .response, isWriting: true, limits: limits)) == 5_000)
    patience.allIsSent()
    #expect(seconds(patience.deadline(in: .response, isWriting: true, limits: limits)) == 4_000)
  }

  @Test("a body that the budget pauses is looked at again at once, and remembers since when")
  func starved() throws {
    var patience = Patience()
    patience.isStarved(true)
    let since = try #require(patience.starvedSince)
    patience.isStarved(true)
    #expect(patience.starvedSince == since)
    #expect(seconds(patience.deadline(in: .body, isWriting: false, limits: limits)) == 0)
    patience.isStarved(false)
    #expect(patience.starvedSince == nil)
    #expect(seconds(patience.deadline(in: .body, isWriting: false, limits: limits)) == 3_000)
  }
}
