import DeployModel

extension BranchName {
  /// What a file's name may have, less room for `.lock` and what joins the parts.
  private static let partLimit = 200

  /// The name below a ref's directory. The slash is encoded, so that `a` and `a/b`, which no
  /// repository has at once but the mirror may see in turn, are no conflict. What is too long for a
  /// file's name goes on in a directory; those end with `%-`, which nothing encoded does.
  var refComponent: String {
    var parts = [""]
    var length = 0
    for scalar in name.unicodeScalars {
      let text =
        switch scalar {
        case "%": "%25"
        case "/": "%2F"
        default: String(scalar)
        }
      if length + text.utf8.count > Self.partLimit {
        parts.append("")
        length = 0
      }
      parts[parts.count - 1] += text
      length += text.utf8.count
    }
    // No component may begin with a dot (git-check-ref-format(1)).
    return parts.joined(separator: "%-/-")
  }

  /// Of a name that `refComponent` made.
  init?(refComponent: String) {
    self.init(
      refComponent.replacing("%-/-", with: "").replacing("%2F", with: "/")
        .replacing("%25", with: "%"))
  }
}
