/// `30s`, `5m`, `2h`, `7d`: a positive whole number and one unit.
package enum DurationText {
  package static func parse(_ text: String) -> Duration? {
    let digits = text.utf8.dropLast()
    guard let unit = text.utf8.last, !digits.isEmpty, digits.count <= 9,
      digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    let number = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    switch unit {
    case UInt8(ascii: "s"): return .seconds(number)
    case UInt8(ascii: "m"): return .seconds(number * 60)
    case UInt8(ascii: "h"): return .seconds(number * 3600)
    case UInt8(ascii: "d"): return .seconds(number * 86400)
    default: return nil
    }
  }

  /// In the largest unit that it is a whole number of, rounded down to seconds.
  package static func format(_ duration: Duration) -> String {
    let seconds = duration.components.seconds
    for (length, unit) in [(Int64(86400), "d"), (3600, "h"), (60, "m")]
    where seconds > 0 && seconds % length == 0 {
      return "\(seconds / length)\(unit)"
    }
    return "\(seconds)s"
  }

  /// `12s`, `1m 12s`, `2h 5m`, `3d 4h`: for people. Less than a second is one.
  package static func spoken(_ duration: Duration) -> String {
    let seconds = max(1, (duration.wholeMilliseconds + 500) / 1000)
    switch seconds {
    case ..<60: return "\(seconds)s"
    case ..<3600: return "\(seconds / 60)m \(seconds % 60)s"
    case ..<86_400: return "\(seconds / 3600)h \(seconds % 3600 / 60)m"
    default: return "\(seconds / 86_400)d \(seconds % 86_400 / 3600)h"
    }
  }
}
