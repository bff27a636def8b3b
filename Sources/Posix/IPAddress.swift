import Glibc

/// An IPv4 or IPv6 address, without port and zone.
package struct IPAddress: Hashable, Sendable {
  /// 4 or 16 bytes in network order.
  package let bytes: [UInt8]

  private init(bytes: [UInt8]) { self.bytes = bytes }

  /// A literal as inet_pton(3) reads it, an IPv6 one without brackets. Nil: it is none.
  package init?(_ text: some StringProtocol) {
    let text = String(text)
    guard !text.utf8.contains(0) else { return nil }
    var four = in_addr()
    var sixteen = in6_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      bytes = withUnsafeBytes(of: four) { Array($0) }
    } else if inet_pton(AF_INET6, text, &sixteen) == 1 {
      bytes = withUnsafeBytes(of: sixteen) { Array($0) }
    } else {
      return nil
    }
  }

  /// An IPv4 address that is written as an IPv6 one is an IPv4 address (RFC 4291 section 2.5.5.2).
  package var unmapped: IPAddress {
    let prefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
    return bytes.starts(with: prefix) ? IPAddress(bytes: Array(bytes[prefix.count...])) : self
  }

  /// The same with everything behind the first `length` bits zero.
  package func prefix(_ length: Int) -> IPAddress {
    IPAddress(
      bytes: bytes.enumerated().map { index, byte in
        byte & ~(0xFF >> UInt8(min(max(length - 8 * index, 0), 8)))
      })
  }
}

extension IPAddress: CustomStringConvertible {
  package var description: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    _ = bytes.withUnsafeBytes {
      inet_ntop(
        bytes.count == 4 ? AF_INET : AF_INET6, $0.baseAddress, &text, socklen_t(text.count))
    }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// A block of addresses, `10.0.0.0/8`; a lone address is a block of one.
package struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
  private let network: IPAddress
  private let prefixLength: Int
  package let description: String

  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let address = parts.first.flatMap({ IPAddress($0) }) else {
      return nil
    }
    let bits = address.bytes.count * 8
    prefixLength = parts.count == 2 ? Int(parts[1]) ?? -1 : bits
    guard (0...bits).contains(prefixLength), parts.last?.utf8.first != UInt8(ascii: "+") else {
      return nil
    }
    network = address.prefix(prefixLength)
    description = text
  }

  package func contains(_ address: IPAddress) -> Bool {
    address.bytes.count == network.bytes.count && address.prefix(prefixLength) == network
  }
}
