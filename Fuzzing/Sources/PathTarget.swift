import WireKit

/// Paths and queries: decoded as a second, plainer way does it, never into a control byte of a
/// path, and whatever is encoded is decoded to the same.
enum PathTarget {
  static func run(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    for path in [text, "/\(text)"] { judge(path: path) }
    judge(query: text)
    roundTrip(input)
  }

  private static func judge(path: String) {
    let bytes = Array(path.utf8)
    let parts = bytes.split(separator: 47, omittingEmptySubsequences: false).map(decoded)
    let isFine =
      bytes.first == 47
      && parts.allSatisfy { $0?.utf8.contains { $0 < 32 || $0 == 127 } == false }
    let components = PathComponents(path)?.decoded
    require(
      same(components, isFine ? parts.dropFirst().compactMap { $0 } : nil),
      "\(path.debugDescription): \(String(describing: components)), not \(parts)")
  }

  private static func judge(query: String) {
    var expected: [(name: String, value: String)]? = []
    for part in Array(query.utf8).split(separator: 38) {
      let sides = part.split(separator: 61, maxSplits: 1, omittingEmptySubsequences: false)
      let texts = ([sides[0], sides.count > 1 ? sides[1] : []]).map { side in
        decoded(side.map { $0 == 43 ? 32 : $0 })
      }
      guard let name = texts[0], let value = texts[1] else {
        expected = nil
        break
      }
      expected?.append((name, value))
    }
    guard let reader = try? QueryReader(query) else {
      return require(expected == nil, "\(query.debugDescription) is refused")
    }
    guard let expected else { fail("\(query.debugDescription) is accepted") }
    for (name, _) in expected {
      let values = expected.filter { $0.name == name }.map(\.value)
      require(same(reader.values(name), values), "\(query.debugDescription): \(name)")
    }
    _ = try? reader.limit()
    _ = try? reader.cursor()
    let limits = reader.values("limit")
    if let limit = try? reader.limit(), let text = limits.first {
      require((1...200).contains(limit) && Int(text) == limit, "limit \(text) is \(limit)")
    }
  }

  /// Nil: a percent sign without two digits behind it, or no UTF-8.
  private static func decoded(_ bytes: some Sequence<UInt8>) -> String? {
    let parts = Array(bytes).split(separator: 37, omittingEmptySubsequences: false)
    var plain = Array(parts[0])
    for part in parts.dropFirst() {
      let digits = String(decoding: part.prefix(2), as: UTF8.self)
      guard digits.utf8.count == 2, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }),
        let byte = UInt8(digits, radix: 16)
      else { return nil }
      plain += [byte] + part.dropFirst(2)
    }
    return String(validating: plain, as: UTF8.self)
  }

  /// The input as a component, as a name and as a value.
  private static func roundTrip(_ input: [UInt8]) {
    let bytes = input.filter { $0 >= 32 && $0 != 127 }
    let text = String(decoding: bytes, as: UTF8.self)
    let encoded = text.utf8.map { byte in
      let digits = String(byte, radix: 16)
      return byte % 3 == 0 && byte > 64 && byte < 91
        ? String(UnicodeScalar(byte)) : "%\(digits.count == 1 ? "0" : "")\(digits)"
    }.joined()
    require(
      same(PathComponents("/\(encoded)/\(encoded)")?.decoded, [text, text]),
      "\(encoded) is not \(text.debugDescription)")
    guard let reader = try? QueryReader("\(encoded)=\(encoded)") else {
      fail("\(encoded) is refused")
    }
    require(same(reader.values(text), [text]), "\(encoded) is not \(text.debugDescription)")
  }

  private static func same(_ first: [String]?, _ second: [String]?) -> Bool {
    first?.map { Array($0.utf8) } == second?.map { Array($0.utf8) }
  }
}

/// All that a query reader knows of RESTAPI.
struct Problem: Error {
  static func badRequest(_ detail: String) -> Problem { Problem() }
}
