import DeployModel

extension DeliveryGUID {
  /// As it is stored, so that deliveries which arrive together lie together in the index.
  ///
  /// GitHub's GUIDs are UUIDs of version 1, which begin with the time's least digits: each delivery
  /// would dirty a page of its own. Their time is stored from its greatest part on, as version 6 has
  /// it (RFC 9562 §5.6), with colons, which no GUID has. Others are stored as they are.
  var stored: String {
    let digits = Array(text.utf8)
    guard Self.isTimed(digits) else { return text }
    return [digits[14..<18], digits[9..<13], digits[0..<8]].text(between: ":", then: digits[18...])
  }

  static func read(_ stored: String) -> DeliveryGUID? {
    let digits = Array(stored.utf8)
    guard digits.count == 36, digits[4] == UInt8(ascii: ":") else { return DeliveryGUID(stored) }
    return DeliveryGUID(
      [digits[10..<18], digits[5..<9], digits[0..<4]].text(between: "-", then: digits[18...]))
  }

  /// `TTTTTTTT-TTTT-1TTT-SSSS-NNNNNNNNNNNN` (RFC 9562 §5.1).
  private static func isTimed(_ digits: [UInt8]) -> Bool {
    let hyphens = [8, 13, 18, 23]
    return digits.count == 36 && digits[14] == UInt8(ascii: "1")
      && hyphens.allSatisfy { digits[$0] == UInt8(ascii: "-") }
  }
}

extension [ArraySlice<UInt8>] {
  fileprivate func text(between separator: String, then rest: ArraySlice<UInt8>) -> String {
    map { String(decoding: $0, as: UTF8.self) }.joined(separator: separator)
      + String(decoding: rest, as: UTF8.self)
  }
}
