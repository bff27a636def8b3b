/// A kustomization as somebody might have written it, and what it must become: the text is made
/// from a template with gaps where the tag and the digest of one entry stand, so that no reader of
/// ours is needed to say what an edit should have written.
struct GeneratedKustomization {
  static let image = "ghcr.io/acme/shop/api"
  static let tag = "008c40e"
  static let digest = "sha256:" + String(repeating: "24", count: 32)
  private static let tagGap = "\u{1}"
  private static let digestGap = "\u{2}"

  private let template: String
  private let writtenTag: String
  let newName: String?
  let hasDigest: Bool
  /// What the other entries are for.
  let neighbours: [String]

  var text: String {
    template.replacing(Self.tagGap, with: writtenTag)
      .replacing(Self.digestGap, with: Self.digest)
  }

  /// R7: the tag in double quotes, the digest in those it had.
  func text(withTag tag: String, digest: String) -> String {
    template.replacing(Self.tagGap, with: "\"\(tag)\"").replacing(Self.digestGap, with: digest)
  }

  init(using random: inout SeededGenerator) {
    func oneOf<T>(_ choices: [T]) -> T {
      choices[Int.random(in: 0..<choices.count, using: &random)]
    }
    let quote = oneOf(["", "", "'", "\""])
    writtenTag = oneOf([Self.tag, "'\(Self.tag)'", "\"\(Self.tag)\""])
    newName = oneOf([nil, "mirror.io/x"])
    hasDigest = oneOf([true, false, false])
    neighbours = (0..<oneOf([0, 1, 3])).map { "ghcr.io/acme/other\($0)" }
    func entry(_ name: String, newName: String?, tag: String, digest: String?) -> [String] {
      var fields = ["\(quote)name\(quote): \(oneOf([name, "'\(name)'", "\"\(name)\""]))"]
      if let newName { fields.append("\(quote)newName\(quote): \(newName)") }
      fields.append("\(quote)newTag\(quote):\(oneOf([" ", "  ", "\t"]))\(tag)")
      if let digest {
        fields.append("\(quote)digest\(quote): \(oneOf([digest, "'\(digest)'", "\"\(digest)\""]))")
      }
      if oneOf([true, false]) { fields.shuffle(using: &random) }
      return fields
    }
    var entries = neighbours.enumerated().map {
      entry(
        $0.element, newName: oneOf([nil, "mirror.io/other\($0.offset)"]), tag: "v\($0.offset)",
        digest: oneOf([nil, "sha256:" + String(repeating: "cd", count: 32)]))
    }
    entries.insert(
      entry(
        Self.image, newName: newName, tag: Self.tagGap, digest: hasDigest ? Self.digestGap : nil),
      at: Int.random(in: 0...entries.count, using: &random))
    var lines = oneOf([[], ["# header: ünï"], ["---"], ["# licence", "---", "# more"]])
    let others = [
      "kind: Kustomization", "resources:\n- a.yaml", "commonAnnotations: {note: \"a: # b\"}", "",
    ]
    lines += others.shuffled(using: &random).prefix(Int.random(in: 0...4, using: &random))
    let indent = oneOf(["", "  ", "    "])
    let comment = oneOf(["", " # note", "\t#x"])
    switch oneOf([0, 0, 0, 1, 2]) {
    case 0:
      let gap = oneOf([" ", "   "])
      lines.append("images:\(comment)")
      for fields in entries {
        let inner = indent + " " + gap.map { _ in " " }.joined()
        lines.append("\(indent)-\(gap)" + fields.joined(separator: "\(comment)\n\(inner)"))
        if oneOf([true, false, false]) { lines.append(oneOf(["", "# between"])) }
      }
    case 1:
      lines.append("images:")
      lines += entries.map { "\(indent)- { \($0.joined(separator: ", ")) }\(comment)" }
    default:
      lines.append(
        "images: [\(entries.map { "{\($0.joined(separator: ","))}" }.joined(separator: ",\n  "))]")
    }
    lines += oneOf([
      [], ["# end"], ["", ""], ["..."], ["---", "images: []"], ["labels: [{pairs: {a: b}}]"],
    ])
    var text = lines.joined(separator: "\n") + oneOf(["", "\n"])
    if oneOf([true, false]) { text = text.replacing("\n", with: "\r\n") }
    if oneOf([true, false, false]) { text = "\u{FEFF}" + text }
    template = text
  }
}
