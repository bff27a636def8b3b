package import DeployModel

/// The tags of one source. `number` 1 is the first publication; later ones have `-2`, `-3`.
extension ImageTag {
  static func short(_ source: CommitSHA, _ length: Int, _ number: Int) -> ImageTag {
    make(source.short(length) + suffix(number))
  }

  static func full(_ source: CommitSHA, _ number: Int) -> ImageTag {
    make("sha-\(source.hex)\(suffix(number))")
  }

  /// R5: the one that moves.
  package static var latest: ImageTag { make("latest") }

  private static func suffix(_ number: Int) -> String { number == 1 ? "" : "-\(number)" }

  private static func make(_ text: String) -> ImageTag {
    guard let tag = ImageTag(text) else {
      preconditionFailure("hexadecimal digits, dashes and a number make a tag")
    }
    return tag
  }
}
