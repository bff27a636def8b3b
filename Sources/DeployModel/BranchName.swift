/// A branch without `refs/heads/`, valid by git-check-ref-format(1) and safe as an argument.
package struct BranchName: Hashable, Sendable, CustomStringConvertible {
  package let name: String

  package init?(_ text: String) {
    // By bytes, as git does: a dot that carries a combining mark is a `Character` of its own.
    let bytes = text.utf8
    guard let first = bytes.first, bytes.count <= 255, first != UInt8(ascii: "-"), text != "@"
    else { return nil }
    // A slash stands before the name: components begin after slashes.
    var previous = UInt8(ascii: "/")
    var lastFive: UInt64 = 0
    for byte in bytes {
      switch byte {
      case 0...0x20, 0x7f, UInt8(ascii: "~"), UInt8(ascii: "^"), UInt8(ascii: ":"),
        UInt8(ascii: "?"), UInt8(ascii: "*"), UInt8(ascii: "["), UInt8(ascii: "\\"):
        return nil
      case UInt8(ascii: ".") where previous == UInt8(ascii: ".") || previous == UInt8(ascii: "/"):
        return nil
      case UInt8(ascii: "/") where previous == UInt8(ascii: "/") || lastFive == Self.dotLock:
        return nil
      case UInt8(ascii: "{") where previous == UInt8(ascii: "@"): return nil
      default: previous = byte
      }
      lastFive = (lastFive << 8 | UInt64(byte)) & 0xFF_FFFF_FFFF
    }
    guard previous != UInt8(ascii: "."), previous != UInt8(ascii: "/"), lastFive != Self.dotLock
    else { return nil }
    name = text
  }

  private static let dotLock = ".lock".utf8.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }

  /// Nil if `ref` is a tag or anything else that is not under `refs/heads/`.
  package init?(ref: String) {
    let prefix = "refs/heads/".utf8
    guard ref.utf8.starts(with: prefix), let name = String(ref.utf8.dropFirst(prefix.count)) else {
      return nil
    }
    self.init(name)
  }

  package var ref: String { "refs/heads/\(name)" }
  package var description: String { name }
}
