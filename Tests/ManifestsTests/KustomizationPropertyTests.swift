import DeployModel
import Foundation
import Manifests
import TestKit
import Testing
import Yams

@Suite("Kustomizations in every style")
struct KustomizationPropertyTests {
  @Test("R7: edited there and back, the bytes are what they were")
  func thereAndBack() throws {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<1000 {
      let style = RandomStyle(using: &random)
      let before = Array(style.text.utf8)
      let there = try KustomizationEdit.make(tag: "0e12345").apply(to: before)
      #expect(there.isChanged, "\(style.text)")
      #expect(
        try KustomizationFile.read(there.bytes, image: "ghcr.io/acme/shop/api")?.tag == "0e12345")
      let back = try KustomizationEdit.make(tag: "008c40e").apply(to: there.bytes)
      #expect(
        String(decoding: back.bytes, as: UTF8.self)
          == style.text.replacing(style.writtenTag, with: "\"008c40e\""), "\(style.text)")
    }
  }

  @Test("R7: whatever a file holds, the edit fails or changes its entry alone")
  func mutations() throws {
    var random = SeededGenerator(seed: 11)
    let files = KustomizationCase.all.compactMap { fixture in
      fixture.bytes("before.yaml").map { (fixture.image, $0) }
    }
    let fragments = [
      "\n", "\r", "\t", "- ", ": ", "#", "'", "\"", "{", "}", "[", "]", ",", "&a ",
      "*a", "!x ", "|\n", ">-\n", "---\n", "...\n", "<<: ", "images:", "name: ", "? ", "\u{FEFF}",
      "\u{2028}", "  ", "%", "~",
    ].map { Array($0.utf8) }
    var edited = 0
    for round in 0..<5000 {
      var (image, bytes) = files[round % files.count]
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let position = Int.random(in: 0...bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0 where position < bytes.count:
          bytes[position] = UInt8.random(in: 0...255, using: &random)
        case 1 where position < bytes.count:
          let end = min(bytes.count, position + Int.random(in: 1...8, using: &random))
          bytes.removeSubrange(position..<end)
        default:
          bytes.insert(contentsOf: fragments.randomElement(using: &random) ?? [], at: position)
        }
      }
      do {
        let outcome = try KustomizationEdit.make(image).apply(to: bytes)
        edited += 1
        #expect(try KustomizationFile.read(outcome.bytes, image: image)?.tag == "1e52216")
        try expectSameRest(bytes, outcome.bytes, but: image)
      } catch let error as KustomizationError {
        #expect(error.line != nil && error.column != nil)
      }
    }
    #expect(edited > 1000)
  }

  /// By Yams alone, which knows nothing of our reader.
  private func expectSameRest(_ before: [UInt8], _ after: [UInt8], but image: String) throws {
    let old = try rest(before, but: image)
    let new = try rest(after, but: image)
    let same = old == new
    #expect(
      same, "\(String(decoding: before, as: UTF8.self))→\n\(String(decoding: after, as: UTF8.self))"
    )
  }

  private func rest(_ bytes: [UInt8], but image: String) throws -> Node? {
    var text = String(decoding: bytes, as: UTF8.self)
    if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
    let root: Node.Mapping
    do {
      root = try Parser(yaml: text, encoding: .utf8).nextRoot()?.mapping ?? [:]
    } catch {
      // A second document that is no YAML is none of ours.
      return nil
    }
    let items = root["images"]?.sequence.map(Array.init) ?? []
    let others = items.filter { item in
      let merged = item["<<"]?["name"]?.string
      return (item["name"]?.string ?? merged) != image
    }
    let keys = root.filter { $0.key.string != "images" }
    return Node([Node(keys.map { ($0.key, $0.value) }), Node(others)])
  }
}

/// A kustomization as somebody might have written it.
private struct RandomStyle {
  var text: String
  var writtenTag: String

  init(using random: inout SeededGenerator) {
    func oneOf<T>(_ choices: [T]) -> T {
      choices[Int.random(in: 0..<choices.count, using: &random)]
    }
    let quote = oneOf(["", "", "'", "\""])
    writtenTag = oneOf(["008c40e", "'008c40e'", "\"008c40e\""])
    func entry(_ name: String, _ tag: String) -> [String] {
      var fields = ["\(quote)name\(quote): \(oneOf([name, "'\(name)'", "\"\(name)\""]))"]
      if oneOf([true, false]) { fields.append("\(quote)newName\(quote): mirror.io/x") }
      fields.append("\(quote)newTag\(quote):\(oneOf([" ", "  ", "\t"]))\(tag)")
      if oneOf([true, false]) { fields.shuffle(using: &random) }
      return fields
    }
    var entries = (0..<oneOf([0, 1, 3])).map { entry("ghcr.io/acme/other\($0)", "v\($0)") }
    let position = Int.random(in: 0...entries.count, using: &random)
    entries.insert(entry("ghcr.io/acme/shop/api", writtenTag), at: position)
    var lines = oneOf([[], ["# header: ünï"], ["---"], ["# licence", "---", "# more"]])
    let others = ["kind: Kustomization", "resources:\n- a.yaml", "namePrefix: \"a: b\"", ""]
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
      [], ["# end"], ["", ""], ["..."], ["---", "images: []"], ["labels: {a: [b, {c: d}]}"],
    ])
    var text = lines.joined(separator: "\n") + oneOf(["", "\n"])
    if oneOf([true, false]) { text = text.replacing("\n", with: "\r\n") }
    if oneOf([true, false, false]) { text = "\u{FEFF}" + text }
    self.text = text
  }
}
