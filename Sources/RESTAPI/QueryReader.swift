import DeployModel

/// A query string, decoded, each name with its values in order.
struct QueryReader: Sendable {
  private let pairs: [(name: String, value: String)]

  init(_ query: String?) throws(Problem) {
    var pairs: [(String, String)] = []
    for part in (query ?? "").utf8.split(separator: UInt8(ascii: "&")) {
      let sides = part.split(
        separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.decode(sides[0]),
        let value = Self.decode(sides.count > 1 ? sides[1] : "".utf8[...])
      else { throw Problem.badRequest("the query holds bad percent-encoding") }
      pairs.append((name, value))
    }
    self.pairs = pairs
  }

  func values(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

  func value(_ name: String) throws(Problem) -> String? {
    let values = values(name)
    guard values.count <= 1 else { throw Problem.badRequest("\(name) stands more than once") }
    return values.first
  }

  /// 1–200, default 50.
  func limit() throws(Problem) -> Int {
    guard let text = try value("limit") else { return 50 }
    guard let limit = Self.number(text), (1...200).contains(limit) else {
      throw Problem.badRequest("limit must be a whole number from 1 to 200")
    }
    return Int(limit)
  }

  /// The opaque text of an earlier answer's `nextCursor`.
  func cursor() throws(Problem) -> Int64? {
    guard let text = try value("cursor") else { return nil }
    guard text.first == "c", let number = Self.number(text.dropFirst()) else {
      throw Problem.badRequest("cursor must be the nextCursor of an earlier answer")
    }
    return number
  }

  static func cursorText(_ sequence: Int64?) -> String? { sequence.map { "c\($0)" } }

  func deploymentID(_ name: String) throws(Problem) -> DeploymentID {
    guard let text = try value(name), let id = DeploymentID(text) else {
      throw Problem.badRequest("\(name) must be a deployment's id, such as backend-42")
    }
    return id
  }

  func flag(_ name: String) throws(Problem) -> Bool {
    switch try value(name) {
    case nil, "false": return false
    case "true": return true
    default: throw Problem.badRequest("\(name) must be true or false")
    }
  }

  func refuseUnknown(_ known: Set<String>) throws(Problem) {
    for pair in pairs where !known.contains(pair.name) {
      throw Problem.badRequest("there is no query parameter named \(pair.name.prefix(50))")
    }
  }

  /// Digits only: `Int("+5")` succeeds.
  private static func number(_ text: some StringProtocol) -> Int64? {
    guard !text.isEmpty, text.utf8.count <= 18,
      text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    return Int64(text)
  }

  private static func decode(_ text: Substring.UTF8View) -> String? {
    var bytes: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst().flatMap(hexDigit),
          let low = rest.popFirst().flatMap(hexDigit)
        else { return nil }
        bytes.append(high << 4 | low)
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}
