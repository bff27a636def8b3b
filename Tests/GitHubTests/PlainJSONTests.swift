import Testing
import WireKit

@testable import GitHub

/// The scanner against a second reader of JSON, on texts that were damaged at random (the seed is
/// the test's argument), and between pages that cannot be read.
@Suite struct PlainJSONTests {
  private static let paths = [
    ["ref"], ["repository", "clone_url"], ["hook", "events"], ["hook_id"], ["deleted"],
  ]
  private static let shape = JSONShape(paths)

  private static let texts = [
    """
    {"ref":"refs/heads/main","deleted":false,"repository":{"full_name":"octo/shop",
    "clone_url":"https://github.example/octo/shop.git"},"commits":[{"added":[],"modified":["a"]}]}
    """,
    #"{"r\u0065f":"caf\u00e9 \ud83d\ude00","hook_id":42,"hook":{"events":["push", "ping"]}}"#,
    #"{"ref":1,"ref":"\ud83d\"","repository":{"clone_url":null},"repository":{},"deleted":true}"#,
    "[0,-1.5e+3,9223372036854775808,\"é\\\\\",[[[]]],{\"ref\":{}}]",
  ].map { Array($0.utf8) }

  @Test("they agree on what JSON is, and on every value", arguments: UInt64(1)...6)
  func agreement(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var valid = 0
    for round in 0..<1500 {
      var text = Self.texts[round % Self.texts.count]
      for _ in 0..<Int.random(in: 0...2, using: &generator) { Self.damage(&text, &generator) }
      let tree = PlainJSON(text, maximumDepth: JSONScanner.maximumDepth)
      let shown = "seed \(seed): \(String(decoding: text, as: UTF8.self))"
      do throws(JSONError) {
        let found = try JSONScanner.scan(text, Self.shape)
        guard let values = tree else {
          Issue.record("the scanner alone takes it: \(shown)")
          continue
        }
        valid += 1
        for (index, path) in Self.paths.enumerated() {
          #expect(found.string(index, in: text) == values[path]?.text, "\(shown)")
          #expect(found.boolean(index, in: text) == values[path]?.flag, "\(shown)")
          #expect(found.strings(index, in: text) == values[path]?.texts, "\(shown)")
        }
      } catch {
        #expect(tree == nil, "\(error): \(shown)")
      }
    }
    #expect(valid > 300 && valid < 1400)
  }

  @Test("no byte before or behind the text is touched", arguments: GuardedMemory.Side.allCases)
  func guardPages(side: GuardedMemory.Side) throws {
    let memory = try #require(GuardedMemory(capacity: 1024, side: side))
    for text in Self.texts {
      for count in 0...text.count {
        let placed = memory.place(Array(text[..<count]))
        do throws(JSONError) {
          _ = try JSONScanner.scan(placed.span.bytes, Self.shape)
          #expect(count == text.count)
        } catch {
          #expect(count < text.count && error.offset <= count)
        }
      }
    }
  }

  private static func damage(_ text: inout [UInt8], _ generator: inout SeededGenerator) {
    let spice = Array("\"\\{}[]:,0-+.eEtfn u\u{1}\n".utf8) + [0x80, 0xC3, 0xE2, 0xF0, 0xFF, 0]
    let place = Int.random(in: 0..<text.count, using: &generator)
    switch Int.random(in: 0..<4, using: &generator) {
    case 0: text[place] = spice[Int.random(in: 0..<spice.count, using: &generator)]
    case 1: text.remove(at: place)
    case 2: text.insert(spice[Int.random(in: 0..<spice.count, using: &generator)], at: place)
    default: text.insert(text[place], at: place)
    }
  }
}
