import DeployModel

/// The cookie that carries a session's id (RFC 6265bis).
///
/// Over TLS its name begins with `__Host-`: browsers then take it from this host alone, for all
/// paths and only over TLS, so that no neighbouring subdomain can put one in its place.
enum SessionCookie {
  static func name(isSecure: Bool) -> String {
    isSecure ? "__Host-slipway" : "slipway"
  }

  static func value(_ id: Sessions.ID, isSecure: Bool) -> String {
    field(id.text, age: Sessions.lifetime.wholeMilliseconds / 1000, isSecure)
  }

  static func removal(isSecure: Bool) -> String { field("", age: 0, isSecure) }

  /// HttpOnly: no script reads it. Strict: no other site's request brings it.
  private static func field(_ value: String, age: Int64, _ isSecure: Bool) -> String {
    "\(name(isSecure: isSecure))=\(value); Path=/; Max-Age=\(age); HttpOnly; SameSite=Strict"
      + (isSecure ? "; Secure" : "")
  }

  /// - Parameter field: of a request: `name=value; name=value`. Two of our name are none: one of
  ///   them was put there by somebody else.
  static func id(in field: String?, isSecure: Bool) -> Sessions.ID? {
    guard let field else { return nil }
    let name = name(isSecure: isSecure)
    let values = field.utf8.split(separator: UInt8(ascii: ";")).compactMap { pair -> String? in
      let sides = pair.split(
        separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2, trimmed(sides[0]) == name else { return nil }
      return trimmed(sides[1])
    }
    guard values.count == 1, let value = values.first, value.utf8.count == 64 else { return nil }
    return Sessions.ID(text: value)
  }

  private static func trimmed(_ text: Substring.UTF8View) -> String {
    let space = UInt8(ascii: " ")
    let head = text.drop { $0 == space }
    let kept = head.reversed().drop { $0 == space }.reversed()
    return String(decoding: kept, as: UTF8.self)
  }
}
