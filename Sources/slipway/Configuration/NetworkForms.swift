import DeployModel
import Posix

/// Where the server listens. Port 0 lets the system choose one.
struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
  /// An IPv4 or IPv6 address, without brackets.
  var host: String
  var port: Int

  var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// An `http` or `https` address without user, fragment and trailing slash.
struct WebURL: Hashable, Sendable, CustomStringConvertible {
  var text: String
  var isSecure: Bool
  /// Lower case, without port.
  var host: String

  var description: String { text }
}

/// Letters, digits, dots and dashes, as DNS has them, or a bracketed IPv6 address.
func isHostName(_ text: some StringProtocol) -> Bool {
  if text.hasPrefix("["), text.hasSuffix("]") {
    return IPAddress(text.dropFirst().dropLast())?.bytes.count == 16
  }
  guard !text.isEmpty, text.utf8.count <= 253 else { return false }
  return String(text).split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
    guard let first = label.utf8.first, let last = label.utf8.last, label.utf8.count <= 63 else {
      return false
    }
    let dash = UInt8(ascii: "-")
    return first != dash && last != dash
      && label.utf8.allSatisfy { isLetterOrDigit($0) || $0 == dash || $0 == UInt8(ascii: "_") }
  }
}

func isLetterOrDigit(_ byte: UInt8) -> Bool {
  isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
}

/// `host`, `host:1` or `[::1]:1`; nil if it is neither.
func parseAuthority(_ text: some StringProtocol) -> (host: String, port: Int?)? {
  let closing = text.lastIndex(of: "]")
  guard let colon = text.lastIndex(of: ":"), closing.map({ $0 < colon }) ?? true else {
    return isHostName(text) ? (String(text), nil) : nil
  }
  guard isHostName(text[..<colon]), let port = parseDigits(text[text.index(after: colon)...]),
    (1...65_535).contains(port)
  else { return nil }
  return (String(text[..<colon]), port)
}

extension Form where Value == ListenAddress {
  static var listenAddress: Form {
    .text("an address and a port such as 127.0.0.1:8080") { text throws(FormFault) in
      guard let colon = text.lastIndex(of: ":"), colon != text.startIndex,
        !text[..<colon].contains(where: \.isWhitespace)
      else {
        throw FormFault(
          "must name address and port, such as 127.0.0.1:8080 or 0.0.0.0:8080, not `\(text.shown)`")
      }
      guard let port = parseDigits(text[text.index(after: colon)...]), port <= 65_535 else {
        throw FormFault("must end in a port from 0 to 65535, not `\(text.shown)`")
      }
      var host = String(text[..<colon])
      if host == "localhost" { host = "127.0.0.1" }
      let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
      if isBracketed { host = String(host.dropFirst().dropLast()) }
      guard let address = IPAddress(host), (address.bytes.count == 16) == isBracketed else {
        throw FormFault(
          "must begin with an IP address (IPv6 in brackets) or localhost, not `\(text.shown)`")
      }
      return ListenAddress(host: host, port: port)
    }
  }
}

extension Form where Value == AddressBlock {
  static var addressBlock: Form {
    .text("an address or block such as 10.0.0.0/8") { AddressBlock($0) }
  }
}

extension Form where Value == WebURL {
  static var webURL: Form {
    .text("a URL such as https://example.com") { text throws(FormFault) in
      guard let url = WebURL(text) else {
        throw FormFault(
          "must be a URL such as https://example.com, without user, query or fragment, not "
            + "`\(text.shown)`")
      }
      return url
    }
  }
}

extension WebURL {
  init?(_ text: String, allowingQuery: Bool = false) {
    let lowered = text.lowercased()
    let isSecure = lowered.hasPrefix("https://")
    guard isSecure || lowered.hasPrefix("http://"), text.utf8.count <= 2048,
      text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && !"\"<>\\^`{|}#".utf8.contains($0) }),
      allowingQuery || !text.contains("?")
    else { return nil }
    let rest = text.dropFirst(isSecure ? 8 : 7)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    guard !authority.contains("@"), let (host, _) = parseAuthority(authority) else { return nil }
    self.text = text
    while self.text.hasSuffix("/") { self.text.removeLast() }
    self.isSecure = isSecure
    self.host = host.lowercased()
  }
}
