/// What a text in PEM form says about itself (RFC 7468).
enum PEM {
  /// Whether a block begins whose label ends in `label`: a private key's may have words before it.
  static func holds(_ label: String, in text: [UInt8]) -> Bool {
    let begin = Array("-----BEGIN ".utf8)
    let end = Array("\(label)-----".utf8)
    return text.split(separator: UInt8(ascii: "\n")).contains { line in
      guard line.starts(with: begin) else { return false }
      let trimmed = line.reversed().drop { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: " ") }
      return trimmed.starts(with: end.reversed())
    }
  }
}
