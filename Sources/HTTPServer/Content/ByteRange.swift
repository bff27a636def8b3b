/// What one `Range` field asks for (RFC 9110 section 14.1.2).
enum ByteRange: Hashable, Sendable {
  case from(Int, through: Int)
  case last(Int)

  /// Nil where the field is passed over and the whole is sent (section 14.2): another unit, several
  /// ranges, or not a range at all. Numbers that are too large to count mean "to the end".
  init?(_ value: String) {
    var scanner = FieldScanner(value)
    guard scanner.token() == "bytes", scanner.take(UInt8(ascii: "=")),
      let ranges = scanner.list(Self.next), ranges.count == 1, let range = ranges.first
    else { return nil }
    self = range
  }

  /// The bytes that it means; nil: there are none (section 15.5.17).
  func resolve(in length: Int) -> Range<Int>? {
    switch self {
    case .from(let first, let last):
      guard first < length else { return nil }
      return first..<(min(last, length - 1) + 1)
    case .last(let count):
      guard count > 0 else { return nil }
      return max(0, length - count)..<length
    }
  }

  private static func next(_ scanner: inout FieldScanner) -> ByteRange? {
    let first = number(&scanner)
    guard scanner.take(UInt8(ascii: "-")) else { return nil }
    let last = number(&scanner)
    switch (first, last) {
    case (let first?, let last?): return first <= last ? .from(first, through: last) : nil
    case (let first?, nil): return .from(first, through: .max - 1)
    case (nil, let count?): return .last(count)
    case (nil, nil): return nil
    }
  }

  /// Digits, as far as they can be counted.
  private static func number(_ scanner: inout FieldScanner) -> Int? {
    let digits = scanner.take { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard !digits.isEmpty else { return nil }
    var number = 0
    for digit in digits {
      let (shifted, overflow) = number.multipliedReportingOverflow(by: 10)
      let (sum, carry) = shifted.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
      guard !overflow, !carry else { return .max - 1 }
      number = sum
    }
    return number
  }
}
