/// A branch without `refs/heads/`, valid by git-check-ref-format(1) and safe as an argument.
package struct BranchName: Hashable, Sendable, CustomStringConvertible {
  package let name: String

  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, bytes.count <= 255, first != UInt8(ascii: "-"), text != "@"
    else {
      return nil
    }
    let forbidden = " ~^:?*[\\".utf8
    guard bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7f && !forbidden.contains($0) }) else {
      return nil
    }
    // By bytes, as git does: a dot that carries a combining mark is a `Character` of its own.
    let pairs = zip(bytes, bytes.dropFirst())
    guard !pairs.contains(where: { $0 == UInt8(ascii: ".") && $1 == UInt8(ascii: ".") }),
      !pairs.contains(where: { $0 == UInt8(ascii: "@") && $1 == UInt8(ascii: "{") }),
      bytes.last != UInt8(ascii: ".")
    else { return nil }
    let components = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    for component in components {
      guard let first = component.first, first != UInt8(ascii: "."),
        !component.suffix(5).elementsEqual(".lock".utf8)
      else { return nil }
    }
    name = text
  }

  /// Nil if `ref` is a tag or anything else that is not under `refs/heads/`.
  package init?(ref: String) {
    let prefix = "refs/heads/".utf8
    guard ref.utf8.starts(with: prefix) else { return nil }
    self.init(String(decoding: ref.utf8.dropFirst(prefix.count), as: UTF8.self))
  }

  package var ref: String { "refs/heads/\(name)" }
  package var description: String { name }
}
