/// IMF-fixdate (RFC 9110 section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
package struct HTTPDate: Hashable, Sendable {
  package let unixSeconds: Int
  package let bytes: [UInt8]

  package init(unixSeconds: Int) {
    self.unixSeconds = unixSeconds
    let days = Self.floorDivide(unixSeconds, 86_400)
    let second = unixSeconds - days * 86_400
    let (year, month, day) = Self.civil(days)
    // Day 0, 1 January 1970, was a Thursday.
    let weekday = ((days + 4) % 7 + 7) % 7
    var text: [UInt8] = []
    text.reserveCapacity(29)
    text.append(contentsOf: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][weekday].utf8)
    text.append(", ")
    Self.append(day, width: 2, to: &text)
    text.append(Byte.space)
    text.append(
      contentsOf: [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
      ][month - 1].utf8)
    text.append(Byte.space)
    Self.append(year, width: 4, to: &text)
    text.append(Byte.space)
    Self.append(second / 3600, width: 2, to: &text)
    text.append(Byte.colon)
    Self.append(second / 60 % 60, width: 2, to: &text)
    text.append(Byte.colon)
    Self.append(second % 60, width: 2, to: &text)
    text.append(" GMT")
    bytes = text
  }

  /// Days since 1970 to a date, by Howard Hinnant's `civil_from_days`: years begin in March, so
  /// that the leap day is their last.
  private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  private static func floorDivide(_ number: Int, _ divisor: Int) -> Int {
    number >= 0 ? number / divisor : (number - divisor + 1) / divisor
  }

  private static func append(_ number: Int, width: Int, to text: inout [UInt8]) {
    var divisor = 1
    for _ in 1..<width { divisor *= 10 }
    while divisor > 0 {
      text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
      divisor /= 10
    }
  }
}
