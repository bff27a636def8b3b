/// A branch without `refs/heads/`, valid by git-check-ref-format(1) and safe as an argument.
package struct BranchName: Hashable, Sendable, CustomStringConvertible {
  package let name: String

  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard !bytes.isEmpty, bytes.count <= 255, bytes[0] != UInt8(ascii: "-"), text != "@" else {
      return nil
    }
    let forbidden = Set(" ~^:?*[\\".utf8)
    guard bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7f && !forbidden.contains($0) }) else {
      return nil
    }
    guard !text.contains(".."), !text.contains("@{"), !text.contains("//") else { return nil }
    guard bytes.last != UInt8(ascii: "/"), bytes.last != UInt8(ascii: ".") else { return nil }
    for component in text.split(separator: "/", omittingEmptySubsequences: false) {
      guard !component.isEmpty, !component.hasPrefix("."), !component.hasSuffix(".lock") else {
        return nil
      }
    }
    name = text
  }

  /// Nil if `ref` is a tag or anything else that is not under `refs/heads/`.
  package init?(ref: String) {
    guard ref.hasPrefix("refs/heads/") else { return nil }
    self.init(String(ref.dropFirst("refs/heads/".count)))
  }

  package var ref: String { "refs/heads/\(name)" }
  package var description: String { name }
}
