import CCurl
package import HTTPTypes

extension HTTPFields {
  /// When the answer was made, by the clock of who made it (RFC 9110 section 6.6.1), in seconds since
  /// 1970. Nil where it does not say.
  package var date: Int64? { self[.date].flatMap(Self.date) }

  /// How long `Retry-After` asks to wait (RFC 9110 section 10.2.3), in either of its forms. Nil where
  /// it is absent, or neither.
  ///
  /// - Parameters:
  ///   - now: seconds since 1970, for a date where the answer has none of its own to take it
  ///     against: clocks differ. One that is over asks for no wait.
  ///   - most: a longer wait counts as this.
  package func retryAfter(now: Int64, most: Duration) -> Duration? {
    guard let text = self[.retryAfter], !text.isEmpty else { return nil }
    if text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
      // Too many digits for a number are a long wait too.
      return Swift.min(.seconds(Int64(text) ?? most.components.seconds), most)
    }
    return Self.date(text).map {
      Swift.min(.seconds(Swift.max(0, $0 - (date ?? now))), most)
    }
  }

  private static func date(_ text: String) -> Int64? {
    // curl takes a lone number for a date as well; HTTP's begin with the day's name.
    guard text.utf8.first.map({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }) == true
    else { return nil }
    let date = Int64(curl_getdate(text, nil))
    return date >= 0 ? date : nil
  }
}
