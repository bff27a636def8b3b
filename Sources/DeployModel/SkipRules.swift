/// What in a commit message says that its push is to be passed over (R4). Prints as those words.
package enum SkipInstruction: Hashable, Sendable, CustomStringConvertible {
  /// One of the five, as GitHub writes it.
  case marker(String)
  case trailer

  package var description: String {
    switch self {
    case .marker(let marker): marker
    case .trailer: "skip-checks: true"
    }
  }
}

package enum SkipRules {
  /// GitHub's five. It does not say whether case matters; here it does not.
  package static let markers = [
    "[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]",
  ]

  /// 1. A marker anywhere in the message. 2. `skip-checks: true`, with or without the space, as the
  /// last line of a last paragraph that consists of trailers and is not the subject. GitHub asks
  /// for two empty lines before it; git folds them into one, so one is enough.
  package static func instruction(in message: String) -> SkipInstruction? {
    let text = message.utf8.map(lowercased)
    for marker in markers where contains(text, Array(marker.utf8)) { return .marker(marker) }
    return endsInSkipTrailer(text) ? .trailer : nil
  }

  private static func endsInSkipTrailer(_ text: [UInt8]) -> Bool {
    var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map(trimmingEnd)
    while lines.last?.isEmpty == true { lines.removeLast() }
    guard let last = lines.last, isSkipTrailer(last),
      let blank = lines.lastIndex(where: \.isEmpty),
      lines[..<blank].contains(where: { !$0.isEmpty })
    else { return false }
    return lines[(blank + 1)...].allSatisfy(isTrailerLine)
  }

  private static func isSkipTrailer(_ line: ArraySlice<UInt8>) -> Bool {
    let key = Array("skip-checks:".utf8)
    guard line.starts(with: key) else { return false }
    return line.dropFirst(key.count).drop(while: isBlank).elementsEqual("true".utf8)
  }

  /// git-interpret-trailers(1): `token: value`, the token of letters, digits and dashes, or a
  /// continuation that begins with a blank; and the line that `git cherry-pick -x` adds.
  private static func isTrailerLine(_ line: ArraySlice<UInt8>) -> Bool {
    if let first = line.first, isBlank(first) { return true }
    if line.starts(with: "(cherry picked from commit ".utf8) { return true }
    let token = line.prefix { isASCIILetterOrDigit($0) || $0 == UInt8(ascii: "-") }
    return !token.isEmpty
      && line.dropFirst(token.count).drop(while: isBlank).first == UInt8(ascii: ":")
  }

  private static func contains(_ text: [UInt8], _ needle: [UInt8]) -> Bool {
    guard let first = needle.first, text.count >= needle.count else { return false }
    for start in 0...(text.count - needle.count)
    where text[start] == first && text[start...].starts(with: needle) {
      return true
    }
    return false
  }

  private static func trimmingEnd(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var line = line
    while let last = line.last, isBlank(last) || last == UInt8(ascii: "\r") { line.removeLast() }
    return line
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
