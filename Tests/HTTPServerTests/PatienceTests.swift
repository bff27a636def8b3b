import HTTPWire
import Posix
import Testing

@testable import HTTPServer

/// R12: every wait for a client ends.
@Suite struct PatienceTests {
  private let limits: ServerLimits = {
    var limits = ServerLimits()
    limits.head = .seconds(10)
    limits.idle = .seconds(20)
    limits.body = .seconds(30)
    limits.bodyRate = 10
    limits.write = .seconds(40)
    limits.writeRate = 5
    limits.writeSilence = .seconds(90)
    limits.linger = .seconds(50)
    return limits
  }()

  private func time(_ seconds: Int) -> MonotonicTime {
    MonotonicTime(nanoseconds: 0) + .seconds(seconds)
  }

  @Test(
    "R12: a connection's first request is waited for as a head, the next as long as it may idle")
  func idle() {
    var patience = Patience()
    func deadline(_ phase: ConnectionMachine.Phase, at seconds: Int) -> MonotonicTime? {
      patience.deadline(in: phase, isWriting: false, limits: limits, at: time(seconds))
    }
    #expect(deadline(.idle, at: 100) == time(110))
    #expect(deadline(.idle, at: 105) == time(110))
    patience.headIsThere()
    #expect(deadline(.idle, at: 200) == time(220))
    #expect(deadline(.head, at: 300) == time(310))
    #expect(deadline(.head, at: 305) == time(310))
    #expect(deadline(.linger, at: 400) == time(450))
    #expect(deadline(.response, at: 500) == nil)
  }

  @Test("R12: a body has the longer the more of it comes, and each request anew")
  func body() {
    var patience = Patience()
    func deadline(at seconds: Int) -> MonotonicTime? {
      patience.deadline(in: .body, isWriting: false, limits: limits, at: time(seconds))
    }
    patience.headIsThere()
    #expect(deadline(at: 100) == time(130))
    #expect(deadline(at: 120) == time(130))
    patience.bodyCame(50)
    #expect(deadline(at: 120) == time(135))
    patience.bodyCame(1)
    #expect(deadline(at: 130) == time(135) + .milliseconds(100))
    patience.headIsThere()
    #expect(deadline(at: 131) == time(161))
  }

  @Test("R12: a body that came quickly may be silent no longer than another")
  func silentBody() {
    var patience = Patience()
    patience.headIsThere()
    _ = patience.deadline(in: .body, isWriting: false, limits: limits, at: time(100))
    patience.bodyCame(1_000_000)
    #expect(
      patience.deadline(in: .body, isWriting: false, limits: limits, at: time(101)) == time(131))
    #expect(
      patience.deadline(in: .body, isWriting: false, limits: limits, at: time(130)) == time(131))
  }

  @Test("R12: an answer has the longer the more of it is taken, from its first wait")
  func answer() {
    var patience = Patience()
    func deadline(at seconds: Int) -> MonotonicTime? {
      patience.deadline(in: .response, isWriting: true, limits: limits, at: time(seconds))
    }
    #expect(deadline(at: 100) == time(140))
    patience.sent(50)
    #expect(deadline(at: 130) == time(150))
    patience.sent(1_000_000)
    #expect(deadline(at: 131) == time(221))
    #expect(deadline(at: 170) == time(221))
    patience.allIsSent()
    #expect(deadline(at: 200) == time(240))
  }

  @Test("the next request is waited for from the moment when the answer is sent")
  func idleAfterAnswer() {
    var patience = Patience()
    patience.headIsThere()
    _ = patience.deadline(in: .idle, isWriting: true, limits: limits, at: time(100))
    patience.sent(200)
    _ = patience.deadline(in: .idle, isWriting: true, limits: limits, at: time(139))
    patience.allIsSent()
    #expect(
      patience.deadline(in: .idle, isWriting: false, limits: limits, at: time(150)) == time(170))
  }

  @Test("a body that the budget pauses is looked at again at once, and loses no time by it")
  func starved() {
    var patience = Patience()
    func deadline(at seconds: Int) -> MonotonicTime? {
      patience.deadline(in: .body, isWriting: false, limits: limits, at: time(seconds))
    }
    patience.headIsThere()
    #expect(deadline(at: 100) == time(130))
    patience.isStarved(true, at: time(120))
    patience.isStarved(true, at: time(125))
    #expect(patience.starvedSince == time(120))
    #expect(deadline(at: 125) == time(125) + .milliseconds(20))
    // An answer whose time is past does not have it look again at once.
    for now in [125, 200] {
      let looks = patience.deadline(
        in: .body, isWriting: true, limits: limits, at: time(now))
      #expect(looks == time(now) + .milliseconds(20))
    }
    patience.isStarved(false, at: time(127))
    #expect(patience.starvedSince == nil)
    #expect(deadline(at: 127) == time(137))
  }
}
