import DeployModel
import Testing

/// The same meaning, written down in the plainest way: by trying every way to split the path. Slow,
/// and independent of how `PathPattern` works.
private func plainlyMatches(_ pattern: ArraySlice<Piece>, _ path: ArraySlice<UInt8>) -> Bool {
  guard let first = pattern.first else { return path.isEmpty }
  let rest = pattern.dropFirst()
  let cuts = path.startIndex...path.endIndex
  switch first {
  case .byte(let byte):
    return path.first == byte && plainlyMatches(rest, path.dropFirst())
  case .optional(let byte):
    return plainlyMatches(rest, path)
      || (path.first == byte && plainlyMatches(rest, path.dropFirst()))
  case .oneOrMore(let byte):
    return cuts.dropFirst().contains { cut in
      path[..<cut].allSatisfy { $0 == byte } && plainlyMatches(rest, path[cut...])
    }
  case .star:
    return cuts.contains { cut in
      !path[..<cut].contains(UInt8(ascii: "/")) && plainlyMatches(rest, path[cut...])
    }
  case .doubleStar:
    return cuts.contains { plainlyMatches(rest, path[$0...]) }
  case .directories:
    return plainlyMatches(rest, path)
      || cuts.contains { cut in
        path[..<cut].count >= 2 && path[..<cut].last == UInt8(ascii: "/")
          && plainlyMatches(rest, path[cut...])
      }
  }
}

private enum Piece {
  case byte(UInt8), optional(UInt8), oneOrMore(UInt8), star, doubleStar, directories

  var text: String {
    switch self {
    case .byte(let byte): String(Unicode.Scalar(byte))
    case .optional(let byte): "\(Unicode.Scalar(byte))?"
    case .oneOrMore(let byte): "\(Unicode.Scalar(byte))+"
    case .star: "*"
    case .doubleStar: "**"
    case .directories: "**/"
    }
  }
}

/// Knuth's MMIX generator: the same rows in every run.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}

@Suite("R3: the fast matcher agrees with the plain one")
struct PathFilterOracleTests {
  @Test("on random patterns and paths over a, b and /", arguments: [UInt64(1), 2, 3, 4])
  func agreement(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let alphabet = Array("ab/".utf8)
    var matched = 0
    for _ in 0..<1_500 {
      let pieces = Self.pieces(&random, alphabet)
      let text = pieces.map(\.text).joined()
      let filter = try PathFilter(validating: .paths, [text])
      for _ in 0..<6 {
        let path = (0..<Int.random(in: 0...7, using: &random)).map { _ in
          alphabet[Int.random(in: 0..<3, using: &random)]
        }
        let expected = plainlyMatches(pieces[...], path[...])
        matched += expected ? 1 : 0
        let name = String(decoding: path, as: UTF8.self)
        #expect(filter.includes(name) == expected, "\(text) on \(name)")
      }
    }
    #expect(matched > 500, "the rows are worth something only if many match")
  }

  /// `*` beside `*` would be read as `**`, so two wildcards never stand together.
  private static func pieces(_ random: inout SeededGenerator, _ alphabet: [UInt8]) -> [Piece] {
    var pieces: [Piece] = []
    var afterWildcard = false
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      let byte = alphabet[Int.random(in: 0..<3, using: &random)]
      switch Int.random(in: 0..<(afterWildcard ? 5 : 9), using: &random) {
      case 0...2 where !(afterWildcard && byte == UInt8(ascii: "/")):
        pieces.append(.byte(byte))
        afterWildcard = false
      case 3 where !afterWildcard:
        pieces.append(.optional(byte))
      case 4 where !afterWildcard:
        pieces.append(.oneOrMore(byte))
      case 5, 6:
        pieces.append(.star)
        afterWildcard = true
      case 7:
        pieces.append(.doubleStar)
        afterWildcard = true
      case 8:
        pieces.append(.directories)
        afterWildcard = true
      default:
        pieces.append(.byte(UInt8(ascii: "a")))
        afterWildcard = false
      }
    }
    return pieces
  }

  @Test("a sorted list of files gives the same answer as one after the other")
  func sortedList() throws {
    var random = SeededGenerator(seed: 7)
    let names = ["a", "b", "a-b", "ab", "é"]
    let lists = [
      ["a/**"], ["a/*", "b/**"], ["**/b"], ["a/**", "!a/b/**", "a/b/a"], ["ab/**", "a/**"],
      ["a-b/**", "!**/b"], ["é/**"], ["b*/**", "a"],
    ]
    let filters = try lists.flatMap {
      [try PathFilter(validating: .paths, $0), try PathFilter(validating: .pathsIgnore, $0)]
    }
    for _ in 0..<300 {
      let files = (0..<Int.random(in: 0...12, using: &random)).map { _ in
        (0...Int.random(in: 0...2, using: &random)).map { _ in
          names[Int.random(in: 0..<names.count, using: &random)]
        }.joined(separator: "/")
      }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      for filter in filters {
        let one = filter.firstMatch(in: files)
        let other = filter.firstMatch(in: ChangedFiles(files.shuffled(using: &random)))
        #expect(one?.file == other?.file, "\(filter.patterns) on \(files)")
        #expect(one?.pattern == other?.pattern, "\(filter.patterns) on \(files)")
      }
    }
  }

  @Test(
    "no pattern blows up: what back-tracks for longer than the universe is old ends at once",
    .timeLimit(.minutes(1)),
    arguments: [
      String(repeating: "a?", count: 200) + String(repeating: "a", count: 200) + "[b]",
      String(repeating: "*a", count: 100) + "[b]",
      String(repeating: "**/", count: 100) + "[b]",
      String(repeating: "**a", count: 100) + "[b]",
      String(repeating: "a+", count: 200) + "[b]",
    ])
  func pathological(_ pattern: String) throws {
    let filter = try PathFilter(validating: .paths, [pattern])
    #expect(!filter.includes(String(repeating: "a", count: 4000)))
    #expect(!filter.includes(String(repeating: "a/", count: 2000)))
  }

  @Test("a pattern longer than one machine word of positions still matches exactly")
  func longPattern() throws {
    let filter = try PathFilter(validating: .paths, [String(repeating: "a?", count: 150) + "*/b"])
    #expect(filter.includes(String(repeating: "a", count: 150) + "/b"))
    #expect(filter.includes("/b"))
    #expect(filter.includes("ax/b"))
    #expect(!filter.includes("a/a/b"))
  }
}
