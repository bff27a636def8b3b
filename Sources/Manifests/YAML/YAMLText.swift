/// A file's bytes, with the first document's bounds and the positions that YAML counts in.
///
/// Lines and columns are those of libyaml, so that its marks can be compared with ours: CR, LF,
/// CRLF, NEL, LS and PS end a line, and a column is a number of characters.
struct YAMLText {
  let bytes: [UInt8]
  /// After the byte order mark, if there is one.
  let start: Int
  /// Where the first document's content may begin: after its `---`, if it has one.
  let contentStart: Int
  /// The start of the `...` or `---` line that ends the first document, or the end of the file.
  let end: Int
  private let lineStarts: [Int]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var lineStarts = [start]
    var index = start
    while index < bytes.count {
      let length = Self.breakLength(bytes, at: index, end: bytes.count)
      index += max(length, 1)
      if length > 0 { lineStarts.append(index) }
    }
    self.lineStarts = lineStarts
    let bounds = Self.firstDocument(bytes, from: start)
    contentStart = bounds.lowerBound
    end = bounds.upperBound
  }

  /// The byte at `position`; nil at or after the end of the document.
  func byte(_ position: Int) -> UInt8? { position < end ? bytes[position] : nil }

  /// The length of the line break at `position`, 0 if there is none.
  func breakLength(at position: Int) -> Int {
    Self.breakLength(bytes, at: position, end: end)
  }

  func isBlank(at position: Int) -> Bool {
    byte(position).map { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") } ?? false
  }

  /// What has to follow an indicator: a blank, a line break or the end.
  func isBlankOrEnd(at position: Int) -> Bool {
    position >= end || isBlank(at: position) || breakLength(at: position) > 0
  }

  func lineStart(of position: Int) -> Int { lineStarts[lineIndex(of: position)] }

  /// The position of the line break that ends the line, or the end of the document.
  func lineEnd(of position: Int) -> Int {
    var index = position
    while index < end, breakLength(at: index) == 0 { index += 1 }
    return index
  }

  func nextLine(after position: Int) -> Int {
    let lineEnd = lineEnd(of: position)
    return lineEnd + breakLength(at: lineEnd)
  }

  /// From 0, in characters.
  func column(of position: Int) -> Int {
    bytes[lineStart(of: position)..<position].count { $0 & 0xC0 != 0x80 }
  }

  func onOneLine(_ first: Int, _ last: Int) -> Bool { lineEnd(of: first) >= last }

  /// Only blanks stand before `position` on its line.
  func isFirstOnLine(_ position: Int) -> Bool {
    bytes[lineStart(of: position)..<position].allSatisfy {
      $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t")
    }
  }

  /// Both from 1.
  func mark(of position: Int) -> (line: Int, column: Int) {
    (lineIndex(of: position) + 1, column(of: position) + 1)
  }

  /// The last line that starts at or before `position`.
  private func lineIndex(of position: Int) -> Int {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= position { low = middle } else { high = middle }
    }
    return low
  }

  private static func breakLength(_ bytes: [UInt8], at position: Int, end: Int) -> Int {
    guard position < end else { return 0 }
    switch bytes[position] {
    case UInt8(ascii: "\n"): return 1
    case UInt8(ascii: "\r"):
      return position + 1 < end && bytes[position + 1] == UInt8(ascii: "\n") ? 2 : 1
    case 0xC2: return position + 1 < end && bytes[position + 1] == 0x85 ? 2 : 0
    case 0xE2:
      guard position + 2 < end, bytes[position + 1] == 0x80 else { return 0 }
      return bytes[position + 2] == 0xA8 || bytes[position + 2] == 0xA9 ? 3 : 0
    default: return 0
    }
  }

  /// Line by line: 1. `---` begins the document, or ends it if it has begun. 2. `...` ends it.
  /// 3. Directives, comments and blank lines before it are none of it. 4. Anything else begins it.
  /// This is exact because both markers count at the start of a line wherever they stand, inside
  /// a quoted or block scalar too (YAML 1.2.2, 9.1.2).
  private static func firstDocument(_ bytes: [UInt8], from start: Int) -> Range<Int> {
    var contentStart = start
    var hasBegun = false
    var line = start
    while line < bytes.count {
      var next = line
      while next < bytes.count, breakLength(bytes, at: next, end: bytes.count) == 0 { next += 1 }
      let text = bytes[line..<next]
      next += breakLength(bytes, at: next, end: bytes.count)
      if isMarker(text, UInt8(ascii: "-")) {
        if hasBegun { return contentStart..<line }
        hasBegun = true
        contentStart = line + 3
      } else if isMarker(text, UInt8(ascii: ".")) {
        if hasBegun { return contentStart..<line }
      } else if !hasBegun, !isPreamble(text) {
        hasBegun = true
        contentStart = line
      }
      line = next
    }
    return contentStart..<bytes.count
  }

  private static func isMarker(_ line: ArraySlice<UInt8>, _ character: UInt8) -> Bool {
    guard line.count >= 3, line.prefix(3).allSatisfy({ $0 == character }) else { return false }
    guard let next = line.dropFirst(3).first else { return true }
    return next == UInt8(ascii: " ") || next == UInt8(ascii: "\t")
  }

  private static func isPreamble(_ line: ArraySlice<UInt8>) -> Bool {
    if line.first == UInt8(ascii: "%") { return true }
    let text = line.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    return text.isEmpty || text.first == UInt8(ascii: "#")
  }
}
