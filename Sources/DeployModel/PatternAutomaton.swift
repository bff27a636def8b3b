/// A pattern as a set of positions, each of which reads one byte (Glushkov's construction), run
/// with one bit per position: time is path length × positions, whatever the pattern.
final class PatternAutomaton: Sendable {
  private typealias Word = UInt64

  /// Words per set of positions; one for all but very long patterns.
  private let width: Int
  /// For each byte, the positions that read it: 256 sets.
  private let readers: [Word]
  /// For each position, those that may come after it.
  private let successors: [Word]
  private let first: [Word]
  private let last: [Word]
  private let matchesEmpty: Bool

  init(_ elements: some Collection<PathPatternSyntax.Element>) {
    var builder = Builder()
    for element in elements { builder.append(element) }
    let count = builder.positions.count
    width = max(1, (count + Word.bitWidth - 1) / Word.bitWidth)
    var readers = [Word](repeating: 0, count: 256 * width)
    var successors = [Word](repeating: 0, count: count * width)
    for (position, set) in builder.positions.enumerated() {
      for byte in UInt8.min...UInt8.max where set.contains(byte) {
        Self.insert(position, into: &readers, at: Int(byte) * width)
      }
      for successor in builder.successors[position] {
        Self.insert(successor, into: &successors, at: position * width)
      }
    }
    self.readers = readers
    self.successors = successors
    first = Self.set(of: builder.first, width: width)
    last = Self.set(of: builder.open, width: width)
    matchesEmpty = builder.startIsOpen
  }

  func matches(_ bytes: borrowing Span<UInt8>) -> Bool {
    guard !bytes.isEmpty else { return matchesEmpty }
    return width == 1 ? matchesOneWord(bytes) : matchesManyWords(bytes)
  }

  private func matchesOneWord(_ bytes: borrowing Span<UInt8>) -> Bool {
    var reachable = first[0]
    var active: Word = 0
    for index in bytes.indices {
      active = reachable & readers[Int(bytes[index])]
      if active == 0 { return false }
      reachable = 0
      var rest = active
      while rest != 0 {
        reachable |= successors[rest.trailingZeroBitCount]
        rest &= rest - 1
      }
    }
    return active & last[0] != 0
  }

  private func matchesManyWords(_ bytes: borrowing Span<UInt8>) -> Bool {
    var reachable = first
    var active = [Word](repeating: 0, count: width)
    for index in bytes.indices {
      let row = Int(bytes[index]) * width
      var isAlive = false
      for word in 0..<width {
        active[word] = reachable[word] & readers[row + word]
        isAlive = isAlive || active[word] != 0
        reachable[word] = 0
      }
      if !isAlive { return false }
      for word in 0..<width {
        var rest = active[word]
        while rest != 0 {
          let position = word * Word.bitWidth + rest.trailingZeroBitCount
          for target in 0..<width { reachable[target] |= successors[position * width + target] }
          rest &= rest - 1
        }
      }
    }
    return zip(active, last).contains { $0 & $1 != 0 }
  }

  private static func set(of positions: Set<Int>, width: Int) -> [Word] {
    var words = [Word](repeating: 0, count: width)
    for position in positions { insert(position, into: &words, at: 0) }
    return words
  }

  private static func insert(_ position: Int, into words: inout [Word], at offset: Int) {
    words[offset + position / Word.bitWidth] |= 1 << Word(position % Word.bitWidth)
  }
}

extension PatternAutomaton {
  /// Appends elements one after the other, keeping the positions where what was read so far may
  /// end.
  private struct Builder {
    var positions: [ByteSet] = []
    var successors: [Set<Int>] = []
    var first: Set<Int> = []
    var open: Set<Int> = []
    /// Nothing read so far may be a match, too.
    var startIsOpen = true

    mutating func append(_ element: PathPatternSyntax.Element) {
      switch element.atom {
      case .character(let bytes):
        let start = appendSequence(bytes.map { ByteSet.only($0) })
        finish(from: start, element.repetition)
      case .oneOf(let set):
        finish(from: appendSequence([set]), element.repetition)
      case .withinComponent:
        let start = appendSequence([ByteSet.withoutSlash])
        successors[start].insert(start)
        finish(from: start, .optional)
      case .anything:
        let start = appendSequence([ByteSet.all])
        successors[start].insert(start)
        finish(from: start, .optional)
      case .directories:
        // `(.+/)?`
        let start = appendSequence([ByteSet.all, ByteSet.only(UInt8(ascii: "/"))])
        successors[start].insert(start)
        finish(from: start, .optional)
      }
    }

    private mutating func appendSequence(_ sets: [ByteSet]) -> Int {
      let start = positions.count
      for (offset, set) in sets.enumerated() {
        positions.append(set)
        successors.append(offset + 1 < sets.count ? [start + offset + 1] : [])
      }
      for position in open { successors[position].insert(start) }
      if startIsOpen { first.insert(start) }
      return start
    }

    private mutating func finish(from start: Int, _ repetition: PathPatternSyntax.Repetition) {
      let end = positions.count - 1
      switch repetition {
      case .once:
        open = [end]
        startIsOpen = false
      case .oneOrMore:
        successors[end].insert(start)
        open = [end]
        startIsOpen = false
      case .optional:
        open.insert(end)
      }
    }
  }
}

extension ByteSet {
  fileprivate static func only(_ byte: UInt8) -> ByteSet {
    var set = ByteSet()
    set.insert(byte)
    return set
  }

  fileprivate static let withoutSlash: ByteSet = {
    var set = ByteSet.all
    set.remove(UInt8(ascii: "/"))
    return set
  }()
}
