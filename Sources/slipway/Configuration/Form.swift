import DeployModel
import Yams

/// What is wrong with a value, in words that continue its key: "must be …".
struct FormFault: Error {
  var sentence: String

  init(_ sentence: String) { self.sentence = sentence }
}

/// A scalar and what YAML 1.2's core schema takes it for.
struct ScalarText {
  enum Kind: Hashable {
    case text, null, boolean, integer, decimal

    var words: String {
      switch self {
      case .text: "text"
      case .null: "nothing"
      case .boolean: "true or false"
      case .integer, .decimal: "a number"
      }
    }
  }

  var text: String
  var kind: Kind

  init(_ scalar: Node.Scalar) {
    text = scalar.string
    // Only a plain scalar without a tag can be anything but text.
    let isPlain = scalar.style == .plain && scalar.tag.rawValue.isEmpty
    kind = isPlain ? Self.kind(ofPlain: scalar.string) : .text
  }

  private static func kind(ofPlain text: String) -> Kind {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE", "false", "False", "FALSE": return .boolean
    default: break
    }
    let unsigned =
      text.utf8.first.map { "+-".utf8.contains($0) } == true ? text.dropFirst() : text[...]
    guard let first = unsigned.utf8.first, isDigit(first) || first == UInt8(ascii: ".") else {
      return .text
    }
    if unsigned.utf8.allSatisfy(isDigit) { return .integer }
    if unsigned.hasPrefix("0x") || unsigned.hasPrefix("0o") {
      return Int(unsigned.dropFirst(2), radix: unsigned.hasPrefix("0x") ? 16 : 8) == nil
        ? .text : .integer
    }
    let isNumber = unsigned.utf8.allSatisfy { isDigit($0) || ".eE+-".utf8.contains($0) }
    return isNumber && Double(unsigned) != nil ? .decimal : .text
  }
}

/// How a scalar becomes a value. `what` names the form in sentences: "a duration such as 30s".
struct Form<Value> {
  var what: String
  var read: (ScalarText, ConfigurationReader) throws(FormFault) -> Value

  /// A form of text; numbers and the like have to be quoted to be text.
  static func text(
    _ what: String, _ parse: @escaping (String) throws(FormFault) -> Value
  ) -> Form {
    Form(what: what) { scalar, _ throws(FormFault) in
      try parse(requireText(scalar, what))
    }
  }

  /// `isShown`: whether a wrong text may be repeated, which a secret in its place may not (R13).
  static func text(
    _ what: String, isShown: Bool = true, _ parse: @escaping (String) -> Value?
  ) -> Form {
    text(what) { text throws(FormFault) in
      guard let value = parse(text) else {
        throw FormFault("must be \(what)" + (isShown ? ", not `\(text.shown)`" : ""))
      }
      return value
    }
  }
}

func requireText(_ scalar: ScalarText, _ what: String) throws(FormFault) -> String {
  switch scalar.kind {
  case .text: return scalar.text
  case .null: throw FormFault("has no value: write \(what), or remove the key")
  case .boolean, .integer, .decimal:
    throw FormFault(
      "must be \(what), not \(scalar.kind.words): if text is meant, write '\(scalar.text.shown)'")
  }
}

func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

/// Digits only, no sign; nil if it overflows.
func parseDigits(_ text: some StringProtocol) -> Int? {
  guard !text.isEmpty, text.utf8.allSatisfy(isDigit) else { return nil }
  return Int(text)
}

extension Form where Value == Bool {
  static var boolean: Form {
    Form(what: "true or false") { scalar, _ throws(FormFault) in
      guard scalar.kind == .boolean else {
        throw FormFault("must be true or false, not `\(scalar.text.shown)`")
      }
      return scalar.text.lowercased() == "true"
    }
  }
}

extension Form where Value == Int {
  static func integer(_ range: ClosedRange<Int>) -> Form {
    let what = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    return Form(what: what) { scalar, _ throws(FormFault) in
      guard scalar.kind == .integer, let number = parseDigits(scalar.text), range.contains(number)
      else { throw FormFault("must be \(what), not `\(scalar.text.shown)`") }
      return number
    }
  }

  /// Bytes, written `25MiB`.
  static func size(_ range: ClosedRange<Int>) -> Form {
    let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]
    let what =
      "a size such as 25MiB, from \(shownSize(range.lowerBound)) to \(shownSize(range.upperBound))"
    return Form(what: what) { scalar, _ throws(FormFault) in
      for (unit, factor) in units where scalar.kind == .text && scalar.text.hasSuffix(unit) {
        guard let count = parseDigits(scalar.text.dropLast(unit.count)) else { break }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: factor)
        guard !overflow, range.contains(bytes) else { break }
        return bytes
      }
      throw FormFault("must be \(what), not `\(scalar.text.shown)`")
    }
  }
}

private func shownSize(_ bytes: Int) -> String {
  bytes % (1 << 20) == 0 ? "\(bytes >> 20)MiB" : "\(bytes >> 10)KiB"
}

extension Form where Value == Duration {
  /// `30s`, `5m`, `2h` or `7d`.
  static func duration(
    atLeast least: Duration = .seconds(1), atMost most: Duration = .seconds(3650 * 86_400)
  ) -> Form {
    let what = "a duration such as 30s, 5m, 2h or 7d"
    return Form(what: what) { scalar, _ throws(FormFault) in
      let seconds: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
      guard scalar.kind == .text, let unit = scalar.text.last, let factor = seconds[unit],
        let count = parseDigits(scalar.text.dropLast()), count <= 1_000_000_000
      else { throw FormFault("must be \(what), not `\(scalar.text.shown)`") }
      let duration = Duration.seconds(Int64(count) * factor)
      guard duration >= least else {
        throw FormFault("must be at least \(least.components.seconds)s")
      }
      guard duration <= most else {
        throw FormFault("must be at most \(most.components.seconds)s")
      }
      return duration
    }
  }
}

extension Form where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  static var oneOf: Form {
    let names = Value.allCases.map(\.rawValue)
    let what = names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
    return Form(what: what) { scalar, _ throws(FormFault) in
      if let value = Value(rawValue: scalar.text) { return value }
      let guess = nearestName(to: scalar.text, among: names).map { "; did you mean `\($0)`?" } ?? ""
      throw FormFault("must be \(what), not `\(scalar.text.shown)`\(guess)")
    }
  }
}

extension Form where Value == String {
  /// Text of one line that is not blank.
  static func line(_ what: String) -> Form {
    .text(what) { text throws(FormFault) in
      guard !text.allSatisfy(\.isWhitespace) else {
        throw FormFault("is blank: write \(what)")
      }
      guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
      else { throw FormFault("must be one line without control characters") }
      return text
    }
  }

  /// Text as it stands in the file, so that `1.10` stays `1.10`: for values that go elsewhere.
  static var verbatim: Form {
    Form(what: "text") { scalar, _ throws(FormFault) in
      guard scalar.kind != .null else {
        throw FormFault("has no value: write '' if it is to be empty")
      }
      guard !scalar.text.utf8.contains(0) else { throw FormFault("holds a NUL character") }
      return scalar.text
    }
  }

  /// A path on this machine, absolute after reading.
  static var path: Form {
    Form(what: "a path") { scalar, reader throws(FormFault) in
      let text = try requireText(scalar, "a path")
      // Pasted keys and addresses end up here; the sentence must not repeat them (R13).
      guard !text.isEmpty, !text.contains("-----BEGIN"), !text.contains("://"),
        !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
      else { throw FormFault("must be a path: what belongs into a file does not stand here") }
      return resolve(text, against: reader.directory)
    }
  }

  /// A path to a file that can be read now.
  static var readableFile: Form {
    Form(what: "a path to a file") { scalar, reader throws(FormFault) in
      try Form<FileContent>.fileContent.read(scalar, reader).path
    }
  }
}

/// A file that the configuration names, as it was when it was read.
struct FileContent {
  /// Absolute.
  var path: String
  var bytes: [UInt8]
}

extension Form where Value == FileContent {
  static var fileContent: Form {
    Form(what: "a path to a file") { scalar, reader throws(FormFault) in
      let path = try Form<String>.path.read(scalar, reader)
      do throws(FileFault) {
        return FileContent(path: path, bytes: try readFile(path, limit: 1 << 20))
      } catch {
        throw FormFault("names \(path), which cannot be read: \(error.reason)")
      }
    }
  }
}
