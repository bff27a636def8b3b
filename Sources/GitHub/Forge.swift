/// Whose webhook it is. Gitea and Forgejo send the same headers, signature and payloads as GitHub, as
/// far as pushes go, and count as it.
package enum Forge: String, Sendable {
  case github, gitlab
}

extension Forge {
  /// `push` of GitHub's `push` and of GitLab's `Push Hook`; nil for what is no event's name. It is
  /// stored and shown, so it is bounded.
  func event(of header: String) -> String? {
    guard (1...64).contains(header.utf8.count) else { return nil }
    var name = header
    if self == .gitlab {
      guard header.hasSuffix(" Hook") else { return nil }
      name = header.dropLast(" Hook".count).lowercased().replacing(" ", with: "_")
    }
    let isPlain = name.utf8.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_")
    }
    return isPlain && !name.isEmpty ? name : nil
  }
}
