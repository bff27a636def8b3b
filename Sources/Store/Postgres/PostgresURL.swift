import CPostgres

/// What libpq is given to read. Of a URL that it cannot use it quotes the piece that is wrong, and
/// where a password is not percent-encoded that is a piece of the password (R13): no such URL
/// reaches it, and what it would have said is thrown away.
package enum PostgresURL {
  /// To follow the name of the setting.
  package static let complaint =
    "must be a URL such as postgres://slipway:password@host:5432/slipway, in which `%`, `/` "
    + "and `@` of the password are percent-encoded (`%25`, `%2F`, `%40`)"

  /// 1. libpq takes all before the first `@` for the credentials, unless a `/` comes first: so there
  /// is one `@` at most, and none behind a `/`. 2. It reads the rest without a complaint. 3. What it
  /// takes for ports are numbers.
  package static func isUsable(_ url: String) -> Bool {
    guard let scheme = ["postgres://", "postgresql://"].first(where: url.hasPrefix) else {
      return false
    }
    let bytes = url.utf8.dropFirst(scheme.utf8.count)
    let authority = bytes.prefix { $0 != UInt8(ascii: "/") }
    let marks = bytes.count { $0 == UInt8(ascii: "@") }
    guard marks == authority.count(where: { $0 == UInt8(ascii: "@") }), marks <= 1,
      // C would end the text at a NUL.
      bytes.allSatisfy({ $0 > 0x20 }), let options = PQconninfoParse(url, nil)
    else { return false }
    defer { PQconninfoFree(options) }
    return ports(in: options).allSatisfy { $0.isEmpty || isPort($0) }
  }

  /// One for each host, of which some may have none.
  private static func ports(in options: UnsafeMutablePointer<PQconninfoOption>) -> [Substring] {
    var option = options
    while let keyword = option.pointee.keyword {
      if String(cString: keyword) == "port", let value = option.pointee.val {
        return String(cString: value).split(separator: ",", omittingEmptySubsequences: false)
      }
      option += 1
    }
    return []
  }

  private static func isPort(_ text: Substring) -> Bool {
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let number = UInt16(text)
    else { return false }
    return number > 0
  }
}
