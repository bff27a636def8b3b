/// A repository of images: `ghcr.io/acme/shop/api` or `localhost:5000/api`. Without tag or digest.
package struct ImageRepository: Hashable, Sendable, CustomStringConvertible {
  /// The registry's host, with its port if it has one.
  package let registry: String
  /// The path below it: OCI distribution-spec `<name>`, lower case only.
  package let path: String

  /// A first component without `.` or `:` that is not `localhost` means Docker Hub.
  package init?(_ text: some StringProtocol) {
    let text = String(text)
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard let first = parts.first, text.utf8.count <= 255 else { return nil }
    let namesHost = first.contains(".") || first.contains(":") || first == "localhost"
    if namesHost && parts.count > 1 {
      guard Self.isHost(first) else { return nil }
      registry = String(first)
      path = parts.dropFirst().joined(separator: "/")
    } else {
      registry = "docker.io"
      path = parts.count == 1 ? "library/\(text)" : text
    }
    guard path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(Self.isComponent)
    else { return nil }
  }

  package var description: String { "\(registry)/\(path)" }

  /// `host`, `host:port`, `[IPv6]` or `[IPv6]:port`.
  private static func isHost(_ text: Substring) -> Bool {
    var host = Array(text.utf8)
    let bracket = host.lastIndex(of: UInt8(ascii: "]")) ?? 0
    if let colon = host[bracket...].lastIndex(of: UInt8(ascii: ":")) {
      let port = host[(colon + 1)...]
      let isNumber = port.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains)
      guard isNumber, (1...5).contains(port.count),
        Int(String(decoding: port, as: UTF8.self))
          .map({ (1...65535).contains($0) }) == true
      else { return false }
      host.removeSubrange(colon...)
    }
    if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]"), host.count > 2 {
      return host.dropFirst().dropLast().allSatisfy {
        $0 == UInt8(ascii: ":") || isHexDigit($0)
      }
    }
    let names = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return names.allSatisfy { name in
      !name.isEmpty && name.first != UInt8(ascii: "-") && name.last != UInt8(ascii: "-")
        && name.allSatisfy { isASCIILetterOrDigit($0) || $0 == UInt8(ascii: "-") }
    }
  }

  /// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
  private static func isComponent(_ component: Substring) -> Bool {
    var separator: [UInt8] = []
    var sawAlphanumeric = false
    for byte in component.utf8 {
      if isASCIILetterOrDigit(byte), !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) {
        let separates =
          separator.isEmpty || separator == Array("_".utf8) || separator == Array("__".utf8)
          || separator == Array(".".utf8) || separator.allSatisfy { $0 == UInt8(ascii: "-") }
        guard separates, sawAlphanumeric || separator.isEmpty else { return false }
        separator = []
        sawAlphanumeric = true
      } else if "._-".utf8.contains(byte) {
        separator.append(byte)
      } else {
        return false
      }
    }
    return sawAlphanumeric && separator.isEmpty
  }
}

/// OCI distribution-spec tag: `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`. Inside double quotes nothing in
/// it needs escaping.
package struct ImageTag: Hashable, Sendable, CustomStringConvertible {
  package let name: String

  package init?(_ text: some StringProtocol) {
    let bytes = text.utf8
    guard let first = bytes.first, bytes.count <= 128,
      isASCIILetterOrDigit(first) || first == UInt8(ascii: "_")
    else { return nil }
    let punctuation = Set("._-".utf8)
    guard bytes.allSatisfy({ isASCIILetterOrDigit($0) || punctuation.contains($0) }) else {
      return nil
    }
    name = String(text)
  }

  package var description: String { name }
}

/// `sha256:` and 64 lower-case hexadecimal digits.
package struct ImageDigest: Hashable, Sendable, CustomStringConvertible {
  package let text: String

  package init?(_ text: some StringProtocol) {
    guard text.hasPrefix("sha256:") else { return nil }
    let hex = text.utf8.dropFirst("sha256:".utf8.count)
    guard hex.count == 64, hex.allSatisfy(isLowerHexDigit) else { return nil }
    self.text = String(text)
  }

  package var description: String { text }
}

/// The SHA-256 of everything that decides what a build makes (context tree, Dockerfile, arguments
/// as written, target, platforms), as `sha256:…`.
package struct InputDigest: Hashable, Sendable, CustomStringConvertible {
  package let text: String

  package init?(_ text: some StringProtocol) {
    guard let digest = ImageDigest(text) else { return nil }
    self.text = digest.text
  }

  package var description: String { text }
}
