/// The codings in which this server can send a body, and which of them a client prefers.
package enum ContentCoding: Hashable, Sendable {
  case identity, gzip

  /// Reads `Accept-Encoding` (RFC 9110 section 12.5.3):
  ///
  /// 1. No field: the client may not know any coding. Identity.
  /// 2. A malformed one: what it means is a guess. Identity.
  /// 3. gzip has the weight that it is given, as `x-gzip` too (section 8.4.1.3); else that of `*`;
  ///    else it is not acceptable. Said twice, the lower weight counts.
  /// 4. Identity has its own weight, else that of `*`, else less than anything that is named.
  /// 5. gzip if its weight is not 0 and not below identity's: of two that are as welcome the
  ///    smaller is sent.
  /// 6. Where neither is acceptable identity is sent all the same: we send what we have, and 406
  ///    helps nobody.
  package init(acceptEncoding: String?) {
    self = .identity
    guard let acceptEncoding else { return }
    var scanner = FieldScanner(acceptEncoding)
    guard let codings = scanner.list(Self.weighted) else { return }
    func weight(_ names: String...) -> Int? {
      codings.filter { names.contains($0.name) }.map(\.weight).min()
    }
    let others = weight("*")
    let gzip = weight("gzip", "x-gzip") ?? others ?? 0
    let identity = weight("identity") ?? others ?? 0
    if gzip > 0, gzip >= identity { self = .gzip }
  }

  /// `codings [ weight ]`, the weight in thousandths.
  private static func weighted(
    _ scanner: inout FieldScanner
  ) -> (name: String, weight: Int)? {
    guard let name = scanner.token() else { return nil }
    scanner.skipSpace()
    guard scanner.take(UInt8(ascii: ";")) else { return (name, 1000) }
    scanner.skipSpace()
    guard scanner.take(UInt8(ascii: "q")) || scanner.take(UInt8(ascii: "Q")),
      scanner.take(UInt8(ascii: "=")), let weight = thousandths(&scanner)
    else { return nil }
    return (name, weight)
  }

  /// qvalue (section 12.4.2): 0 to 1 with at most three digits after the point.
  private static func thousandths(_ scanner: inout FieldScanner) -> Int? {
    let isOne: Bool
    if scanner.take(UInt8(ascii: "1")) {
      isOne = true
    } else if scanner.take(UInt8(ascii: "0")) {
      isOne = false
    } else {
      return nil
    }
    guard scanner.take(UInt8(ascii: ".")) else { return isOne ? 1000 : 0 }
    let digits = scanner.take { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard digits.count <= 3 else { return nil }
    var fraction = 0
    for place in 0..<3 {
      let digit = place < digits.count ? digits[digits.startIndex + place] : UInt8(ascii: "0")
      fraction = fraction * 10 + Int(digit - UInt8(ascii: "0"))
    }
    if isOne { return fraction == 0 ? 1000 : nil }
    return fraction
  }
}
