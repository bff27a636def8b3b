package import HTTPWire

extension SecondReading {
  package struct Head: Hashable, Sendable {
    package var method: String
    package var path: String
    package var query: String?
    package var fields: [ServedRequest.Field]
    package var isHTTP10: Bool
    package var framing: BodyFraming
    package var keepsAlive: Bool
    package var expectsContinue: Bool

    package init(
      method: String, path: String, query: String?, fields: [ServedRequest.Field],
      isHTTP10: Bool, framing: BodyFraming, keepsAlive: Bool, expectsContinue: Bool
    ) {
      self.method = method
      self.path = path
      self.query = query
      self.fields = fields
      self.isHTTP10 = isHTTP10
      self.framing = framing
      self.keepsAlive = keepsAlive
      self.expectsContinue = expectsContinue
    }

    package func served(body: [UInt8]) -> ServedRequest {
      ServedRequest(method: method, path: path, query: query, fields: fields, body: body)
    }
  }

  /// RFC 9112 sections 2 to 6.
  package static func head(_ bytes: [UInt8], limits: WireLimits) -> Outcome<Head> {
    let seen = Array(bytes.prefix(limits.head))
    var lines: [[UInt8]] = []
    var empty = 0
    var start = 0
    while let end = seen[start...].firstIndex(of: 10) {
      guard end > start, seen[end - 1] == 13 else { return .refused }
      let line = Array(seen[start..<end - 1])
      start = end + 1
      if hasControls(line) { return .refused }
      if line.isEmpty, lines.isEmpty {
        empty += 1
        if empty > limits.leadingEmptyLines { return .refused }
      } else if line.isEmpty {
        guard let head = head(lines) else { return .refused }
        return .complete(head, count: start)
      } else {
        if lines.isEmpty, requestLine(line, limits) == nil { return .refused }
        if !lines.isEmpty, field(line) == nil || lines.count > limits.fields { return .refused }
        lines.append(line)
      }
    }
    var rest = Array(seen[start...])
    if rest.last == 13 { rest.removeLast() }
    if hasControls(rest) || bytes.count >= limits.head { return .refused }
    if lines.isEmpty, rest.count > limits.method + limits.target + 10 { return .refused }
    return .incomplete
  }

  /// No control but the tab; CR and LF among them.
  private static func hasControls(_ line: [UInt8]) -> Bool {
    line.contains { $0 < 32 && $0 != 9 || $0 == 127 }
  }

  private static func head(_ lines: [[UInt8]]) -> Head? {
    guard let line = requestLine(lines[0], WireLimits.none) else { return nil }
    var fields = lines.dropFirst().compactMap(field)
    func values(_ name: String) -> [String] {
      fields.filter { $0.name == name }.map(\.value)
    }
    let hosts = values("host")
    guard hosts.count == 1 || hosts.isEmpty && line.isHTTP10, hosts.allSatisfy(isHost) else {
      return nil
    }
    let expectations = line.isHTTP10 ? [] : values("expect")
    guard expectations.allSatisfy({ lowercased($0) == "100-continue" }),
      let framing = framing(
        lengths: values("content-length"), codings: values("transfer-encoding"), line.isHTTP10)
    else { return nil }
    let options = values("connection").flatMap { Array($0.utf8).split(separator: 44) }
      .map { lowercased(String(decoding: trimmed(Array($0)), as: UTF8.self)) }
    if let authority = line.authority {
      fields.removeAll { $0.name == "host" }
      fields.append(ServedRequest.Field(name: "host", value: authority))
    }
    return Head(
      method: line.method, path: line.path, query: line.query, fields: fields,
      isHTTP10: line.isHTTP10, framing: framing,
      keepsAlive: !options.contains("close") && (!line.isHTTP10 || options.contains("keep-alive")),
      expectsContinue: !expectations.isEmpty && framing != .none)
  }

  /// Section 5: `field-name ":" OWS field-value OWS`.
  private static func field(_ line: [UInt8]) -> ServedRequest.Field? {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let name = Array(line[..<colon])
    guard isToken(name) else { return nil }
    return ServedRequest.Field(
      name: String(decoding: name, as: UTF8.self).lowercased(),
      value: String(decoding: trimmed(Array(line[(colon + 1)...])), as: UTF8.self))
  }

  /// Section 6.3, with every choice that it leaves decided against the sender.
  private static func framing(
    lengths: [String], codings: [String], _ isHTTP10: Bool
  ) -> BodyFraming? {
    if !codings.isEmpty {
      let isFine =
        !isHTTP10 && lengths.isEmpty && codings.count == 1
        && lowercased(codings[0]) == "chunked"
      return isFine ? .chunked : nil
    }
    guard let length = lengths.first else { return BodyFraming.none }
    guard lengths.count == 1, !length.isEmpty,
      length.utf8.allSatisfy({ (48...57).contains($0) }), let count = Int(length)
    else { return nil }
    return count == 0 ? BodyFraming.none : .length(count)
  }

  /// ASCII's letters only: `String.lowercased()` would make a `k` of the Kelvin sign.
  private static func lowercased(_ text: String) -> String {
    String(
      decoding: text.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
  }

  /// RFC 9110 section 5.6.2.
  package static func isToken(_ bytes: [UInt8]) -> Bool {
    !bytes.isEmpty && bytes.allSatisfy { tokenBytes[Int($0)] }
  }

  static let tokenBytes = table(
    "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

  static func table(_ text: String) -> [Bool] {
    let bytes = Array(text.utf8)
    return (0...255).map { bytes.contains(UInt8($0)) }
  }

  package static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
    let tail = bytes.drop { $0 == 32 || $0 == 9 }
    return tail.reversed().drop { $0 == 32 || $0 == 9 }.reversed()
  }
}

extension WireLimits {
  static let none: WireLimits = {
    var limits = WireLimits()
    (limits.method, limits.target) = (Int.max / 4, Int.max / 4)
    return limits
  }()
}
