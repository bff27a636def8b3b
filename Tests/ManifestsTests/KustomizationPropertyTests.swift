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
    let digest = "sha256:" + String(repeating: "ab", count: 32)
    for _ in 0..<1000 {
      let file = GeneratedKustomization(using: &random)
      let there = try KustomizationEdit.make(tag: "0e12345").apply(to: Array(file.text.utf8))
      #expect(there.isChanged, "\(file.text)")
      let read = try KustomizationFile.read(there.bytes, image: GeneratedKustomization.image)
      #expect(read?.tag == "0e12345" && read?.digest == (file.hasDigest ? digest : nil))
      let back = try KustomizationEdit.make(tag: "008c40e").apply(to: there.bytes)
      #expect(
        String(decoding: back.bytes, as: UTF8.self)
          == file.text(withTag: "008c40e", digest: digest), "\(file.text)")
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
