/// A Dockerfile cut into instructions that, joined, are the file again. Comments and empty lines
/// are instructions without a keyword. Cases:
/// 1. A line that ends in the escape character (`\`, or what the directive `# escape=` says) goes
///    on in the next; comment and empty lines in between belong to the instruction.
/// 2. `RUN`, `COPY` and `ADD` may open here-documents, which run to their terminators. One whose
///    terminator never comes is none (`$((1<<n))`).
package struct DockerfileInstructions: Sequence, IteratorProtocol {
  package struct Instruction: Equatable {
    /// In capitals; empty for a comment or an empty line.
    package var keyword: String
    package var range: Range<Int>
  }

  private let bytes: [UInt8]
  private let escape: UInt8
  private var position = 0

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    escape = Self.escapeDirective(bytes)
  }

  package mutating func next() -> Instruction? {
    guard position < bytes.count else { return nil }
    let start = position
    var line = takeLine()
    let first = Self.trimmed(bytes[line])
    guard let initial = first.first, initial != UInt8(ascii: "#") else {
      return Instruction(keyword: "", range: start..<position)
    }
    let keyword = String(
      decoding: first.prefix { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self
    ).uppercased()
    while Self.trimmed(bytes[line]).last == escape, position < bytes.count {
      line = takeLine()
      while Self.isTransparent(bytes[line]), position < bytes.count { line = takeLine() }
    }
    if ["RUN", "COPY", "ADD"].contains(keyword) { takeHereDocuments(openedIn: start..<position) }
    return Instruction(keyword: keyword, range: start..<position)
  }

  private mutating func takeLine() -> Range<Int> {
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
    if position < bytes.count { position += 1 }
    return start..<position
  }

  private mutating func takeHereDocuments(openedIn range: Range<Int>) {
    for terminator in Self.hereDocuments(bytes[range]) {
      let before = position
      var isClosed = false
      while position < bytes.count, !isClosed {
        isClosed = Self.trimmed(bytes[takeLine()]).elementsEqual(terminator)
      }
      if !isClosed { position = before }
    }
  }

  /// The words after `<<` or `<<-`, quoted or not.
  private static func hereDocuments(_ text: ArraySlice<UInt8>) -> [[UInt8]] {
    var found: [[UInt8]] = []
    var rest = text
    while let mark = rest.firstIndex(of: UInt8(ascii: "<")) {
      rest = rest[(mark + 1)...]
      guard rest.first == UInt8(ascii: "<") else { continue }
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
      if let quote = rest.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
        rest = rest.dropFirst()
      }
      let word = rest.prefix { byte in
        byte == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      }
      if !word.isEmpty { found.append(Array(word)) }
    }
    return found
  }

  /// Directives are comments at the very top; the first other line ends them.
  private static func escapeDirective(_ bytes: [UInt8]) -> UInt8 {
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      let text = trimmed(line)
      guard text.first == UInt8(ascii: "#") else { break }
      let words = String(decoding: text.dropFirst(), as: UTF8.self).lowercased()
        .split(separator: "=", maxSplits: 1).map { trimmed(Array($0.utf8)[...]) }
      guard words.count == 2 else { break }
      if words[0].elementsEqual("escape".utf8), words[1].elementsEqual("`".utf8) {
        return UInt8(ascii: "`")
      }
    }
    return UInt8(ascii: "\\")
  }

  private static func isTransparent(_ line: ArraySlice<UInt8>) -> Bool {
    let text = trimmed(line)
    return text.isEmpty || text.first == UInt8(ascii: "#")
  }

  private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var line = line
    if line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
    let space: Set<UInt8> = [0x20, 0x09, 0x0D, 0x0A]
    while let first = line.first, space.contains(first) { line = line.dropFirst() }
    while let last = line.last, space.contains(last) { line = line.dropLast() }
    return line
  }
}
