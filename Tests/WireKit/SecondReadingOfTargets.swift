import HTTPWire

extension SecondReading {
  struct Line {
    var method: String
    var path: String
    var query: String?
    var authority: String?
    var isHTTP10: Bool
  }

  /// RFC 9112 section 3: `method SP request-target SP HTTP-version`.
  static func requestLine(_ line: [UInt8], _ limits: WireLimits) -> Line? {
    let parts = line.split(separator: 32, omittingEmptySubsequences: false).map { Array($0) }
    guard parts.count == 3, isToken(parts[0]), parts[0].count <= limits.method,
      parts[1].count <= limits.target, isVersion(parts[2])
    else { return nil }
    let method = String(decoding: parts[0], as: UTF8.self)
    if method.lowercased() == "connect" { return nil }
    guard let target = target(parts[1], method) else { return nil }
    return Line(
      method: method, path: target.path, query: target.query, authority: target.authority,
      isHTTP10: parts[2].last == UInt8(ascii: "0"))
  }

  /// Section 2.3, of the major version that we speak.
  private static func isVersion(_ bytes: [UInt8]) -> Bool {
    bytes.count == 8 && bytes.starts(with: "HTTP/1.".utf8) && (48...57).contains(bytes[7])
  }

  /// Section 3.2: origin, absolute and asterisk form.
  private static func target(
    _ bytes: [UInt8], _ method: String
  ) -> (path: String, query: String?, authority: String?)? {
    guard !bytes.isEmpty, bytes.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "#") })
    else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    if text.hasPrefix("/") {
      let parts = halves(text, at: "?")
      return (parts.0, parts.1, nil)
    }
    if text == "*" { return method == "OPTIONS" ? ("*", nil, nil) : nil }
    let scheme = text.prefix { $0 != "/" }
    guard ["http:", "https:"].contains(scheme.lowercased()),
      text.dropFirst(scheme.count).hasPrefix("//")
    else { return nil }
    let rest = text.dropFirst(scheme.count + 2)
    let authority = String(rest.prefix { $0 != "/" && $0 != "?" })
    guard !authority.isEmpty, isHost(authority) else { return nil }
    let parts = halves(String(rest.dropFirst(authority.count)), at: "?")
    let root = method == "OPTIONS" && parts.1 == nil ? "*" : "/"
    return (parts.0.isEmpty ? root : parts.0, parts.1, authority)
  }

  private static func halves(_ text: String, at mark: Character) -> (String, String?) {
    let parts = text.split(separator: mark, maxSplits: 1, omittingEmptySubsequences: false)
    return (String(parts[0]), parts.count == 2 ? String(parts[1]) : nil)
  }

  /// RFC 9110 section 7.2 and RFC 3986 section 3.2.2: `uri-host [ ":" port ]`.
  static func isHost(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    var port: ArraySlice<UInt8>
    if bytes.first == UInt8(ascii: "[") {
      guard let end = bytes.firstIndex(of: UInt8(ascii: "]")), end > 1,
        bytes[1..<end].allSatisfy({ addressBytes[Int($0)] })
      else { return false }
      port = bytes[(end + 1)...]
    } else {
      let end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
      guard isRegisteredName(Array(bytes[..<end])) else { return false }
      port = bytes[end...]
    }
    guard let colon = port.popFirst() else { return true }
    return colon == UInt8(ascii: ":") && port.count <= 5
      && port.allSatisfy { (48...57).contains($0) }
  }

  private static func isRegisteredName(_ bytes: [UInt8]) -> Bool {
    guard bytes.allSatisfy({ nameBytes[Int($0)] }) else { return false }
    // What follows each percent sign: two hexadecimal digits, at least.
    return bytes.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false).dropFirst()
      .allSatisfy { $0.count >= 2 && $0.prefix(2).allSatisfy { hexBytes[Int($0)] } }
  }

  private static let nameBytes = table(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+;=%")
  private static let addressBytes = table("0123456789abcdefABCDEF:.")
  static let hexBytes = table("0123456789abcdefABCDEF")
}
