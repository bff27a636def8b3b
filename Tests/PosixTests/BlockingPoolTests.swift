import Glibc
import Posix
import Testing

@Suite struct BlockingPoolTests {
  enum Refusal: Error { case no }

  @Test func returnsWhatTheCallReturns() async {
    let pool = BlockingPool(width: 2)
    let number = await pool.run { 42 }
    #expect(number == 42)
  }

  @Test("the error keeps its type")
  func keepsTheErrorsType() async {
    let pool = BlockingPool(width: 1)
    do throws(Refusal) {
      try await pool.run { () throws(Refusal) -> Void in throw Refusal.no }
      Issue.record("nothing was thrown")
    } catch {
      switch error {
      case .no: break
      }
    }
  }

  @Test("width many calls run at once")
  func runsWidthCallsAtOnce() async {
    // Each call waits for the other: with fewer than two threads this would never end.
    let pool = BlockingPool(width: 2)
    var ends: [CInt] = [0, 0, 0, 0]
    pipe(&ends)
    let (a, b) = (ends[0], ends[1])
    var others: [CInt] = [0, 0]
    pipe(&others)
    let (c, d) = (others[0], others[1])
    async let first: Int = pool.run {
      var byte: UInt8 = 0
      _ = write(b, "x", 1)
      return read(c, &byte, 1)
    }
    async let second: Int = pool.run {
      var byte: UInt8 = 0
      _ = write(d, "x", 1)
      return read(a, &byte, 1)
    }
    #expect(await [first, second] == [1, 1])
    for number in [a, b, c, d] { close(number) }
  }
}
