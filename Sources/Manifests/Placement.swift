/// Where new text goes so that it looks as if it had always been there.
struct Placement {
  let text: YAMLText

  /// Whole lines at the start of a line, or after the file's last if that one has no end.
  func insertLines(_ lines: [[UInt8]], at position: Int) -> Splice {
    let lineBreak = lineBreak(near: position)
    let endsOpen = position == text.bytes.count && text.lineStart(of: position) != position
    let block = Array(lines.joined(separator: lineBreak))
    return .insert(endsOpen ? lineBreak + block : block + lineBreak, at: position)
  }

  /// Elements after one of a flow collection's. 1. One that has its lines to itself gets company
  /// on lines below, indented alike. 2. Others continue on the same line.
  func insertIntoFlow(
    _ elements: [[UInt8]], after element: Range<Int>, comma: [UInt8]
  ) -> [Splice] {
    let end = element.upperBound
    let commaPosition = commaAfter(end)
    let rest = (commaPosition.map { $0 + 1 }) ?? end
    if text.isFirstOnLine(element.lowerBound), restOfLineIsEmpty(from: rest),
      text.lineEnd(of: rest) < text.end
    {
      let indent = leadingBlanks(of: element.lowerBound)
      var lines = elements.map { indent + $0 }
      for index in lines.indices where index < lines.count - 1 || commaPosition != nil {
        lines[index].append(UInt8(ascii: ","))
      }
      let below = insertLines(lines, at: text.nextLine(after: rest))
      return commaPosition == nil
        ? [.insert([UInt8(ascii: ",")], at: end), below] : [below]
    }
    return [.insert(elements.flatMap { [UInt8(ascii: ",")] + comma + $0 }, at: end)]
  }

  /// The line break of the line before `position`, or what ends the file's first line.
  func lineBreak(near position: Int) -> [UInt8] {
    let own = text.lineStart(of: position)
    if own > text.start {
      var first = own - 1
      if first > text.start, text.breakLength(at: first - 1) == 2 { first -= 1 }
      // NEL, LS and PS end lines for libyaml alone.
      let found = Array(text.bytes[first..<own])
      if found == Array("\n".utf8) || found == Array("\r\n".utf8) || found == Array("\r".utf8) {
        return found
      }
    }
    return Array("\n".utf8)
  }

  /// After the lines of what ends at `end`, and after comments right below it that are indented
  /// deeper than `column`: they speak of what precedes them.
  func lineAfter(_ end: Int, deeperThan column: Int) -> Int {
    var line = text.nextLine(after: end)
    while line < text.end {
      var first = line
      while text.isBlank(at: first) { first += 1 }
      guard text.byte(first) == UInt8(ascii: "#"), first - line > column else { break }
      line = text.nextLine(after: line)
    }
    return line
  }

  /// How many blank lines stand right above the line of `position`.
  func blankLines(above position: Int) -> Int {
    var count = 0
    var line = text.lineStart(of: position)
    while line > text.start {
      let previous = text.lineStart(of: line - 1)
      guard restOfLineIsBlank(from: previous) else { break }
      count += 1
      line = previous
    }
    return count
  }

  func leadingBlanks(of position: Int) -> [UInt8] {
    text.bytes[text.lineStart(of: position)...].prefix {
      $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t")
    }.map { $0 }
  }

  func commaAfter(_ end: Int) -> Int? {
    var outline = YAMLOutline(text: text, position: end)
    outline.skipToToken()
    return text.byte(outline.position) == UInt8(ascii: ",") ? outline.position : nil
  }

  private func restOfLineIsEmpty(from position: Int) -> Bool {
    var outline = YAMLOutline(text: text, position: position)
    outline.skipBlanks()
    return outline.atLineEnd
  }

  private func restOfLineIsBlank(from position: Int) -> Bool {
    text.bytes[position..<text.lineEnd(of: position)].allSatisfy {
      $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t")
    }
  }
}
