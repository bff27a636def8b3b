import DeployModel
import Testing

@testable import slipway

@Suite struct TimeTextTests {
  private static let now = Timestamp(milliseconds: 1_764_753_580_500)  // 2025-12-03T09:19:40.5Z

  @Test(
    "Ages",
    arguments: [
      (0, "now"), (999, "now"), (1000, "1s ago"), (59_999, "59s ago"), (60_000, "1m ago"),
      (3_599_999, "59m ago"), (3_600_000, "1h ago"), (172_799_000, "47h ago"),
      (172_800_000, "2d ago"), (2_591_999_000, "29d ago"), (-5000, "now"),
    ] as [(Int64, String)])
  func age(_ milliseconds: Int64, _ text: String) {
    #expect(
      TimeText.age(of: Self.now.before(.milliseconds(milliseconds)), at: Self.now) == text)
  }

  @Test(
    "Lengths",
    arguments: [
      (0, "0ms"), (40, "40ms"), (999, "999ms"), (1499, "1.4s"), (9999, "9.9s"), (42_000, "42s"),
      (72_000, "1m 12s"), (7_500_000, "2h 5m"), (273_600_000, "3d 4h"), (-1, "0ms"),
    ] as [(Int64, String)])
  func length(_ milliseconds: Int64, _ text: String) {
    #expect(TimeText.length(.milliseconds(milliseconds)) == text)
  }

  @Test func clocks() {
    #expect(TimeText.clock(Self.now, .utc) == "09:19:40")
    #expect(TimeText.day(Self.now, .utc) == "2025-12-03")
    #expect(TimeText.full(Self.now, .utc) == "2025-12-03 09:19:40")
    #expect(TimeText.whole(.milliseconds(3900)) == "3s")
    #expect(TimeText.whole(.seconds(75)) == "1m 15s")
  }
}
