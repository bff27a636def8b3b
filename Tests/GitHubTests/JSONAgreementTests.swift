import Foundation
import Testing
import WireKit

@testable import GitHub

@Suite(
  "The scanner agrees with Foundation on published payloads and on mutilated ones",
  .enabled(if: SharedDeliveries.areThere, "needs the shared fixtures: set SLIPWAY_FIXTURES"))
struct JSONAgreementTests {
  private static let paths = [
    ["ref"], ["before"], ["after"], ["repository", "full_name"], ["repository", "clone_url"],
    ["repository", "ssh_url"], ["repository", "html_url"], ["repository", "default_branch"],
    ["pusher", "name"], ["sender", "login"], ["head_commit", "id"], ["head_commit", "message"],
    ["zen"], ["hook", "config", "content_type"],
  ]
  private static let shape = JSONShape(paths)

  @Test("on what the fields of every payload say")
  func values() throws {
    for delivery in try SharedDeliveries.load() where delivery.body.first != UInt8(ascii: "p") {
      let found = try JSONScanner.scan(delivery.body, Self.shape)
      let object = try JSONSerialization.jsonObject(with: Data(delivery.body))
      for (index, path) in Self.paths.enumerated() {
        var value: Any? = object
        for key in path { value = (value as? [String: Any])?[key] }
        #expect(
          found.string(index, in: delivery.body) == value as? String,
          "\(delivery.file): \(path.joined(separator: "."))")
      }
    }
  }

  @Test("on whether a mutilated payload is JSON at all", arguments: [UInt64(1), 2, 3])
  func mutations(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let originals = try SharedDeliveries.load().map(\.body).filter { $0.count < 20_000 }
    var outcomes = [true: 0, false: 0]
    for round in 0..<1_200 {
      let text = Self.mutilate(originals[round % originals.count], &random)
      var accepts = true
      do throws(JSONError) { _ = try JSONScanner.scan(text, Self.shape) } catch { accepts = false }
      outcomes[accepts, default: 0] += 1
      guard accepts != foundationAccepts(text) else { continue }
      // Three differences are meant: half a surrogate pair is valid by the grammar, and numbers
      // beyond a Double are; a comma after an object's last member is not, though Foundation takes
      // it.
      let shown = String(decoding: text, as: UTF8.self)
      let isMeant =
        accepts
        ? shown.contains(/\\u[dD][89a-fA-F]/) || shown.contains(/[0-9][eE][+]?[0-9]{3}/)
        : shown.contains(/,\s*}/)
      #expect(
        isMeant, "\(accepts ? "only we" : "only Foundation") accept\(accepts ? "" : "s") \(shown)")
    }
    #expect((outcomes[true] ?? 0) > 100)
    #expect((outcomes[false] ?? 0) > 300)
  }

  /// One to three small wounds of the kinds that a parser gets wrong.
  private static func mutilate(_ original: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var text = original
    let spice = Array("\"\\{}[]:,0-+.eEtfn u\u{1}\n".utf8) + [0x80, 0xc3, 0xe2, 0xf0, 0xff, 0x00]
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      // Not the first four bytes: by them Foundation guesses at UTF-16 and UTF-32.
      let place = Int.random(in: 4..<(text.count - 1), using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: text[place] = spice[Int.random(in: 0..<spice.count, using: &random)]
      case 1: text.remove(at: place)
      case 2: text.insert(spice[Int.random(in: 0..<spice.count, using: &random)], at: place)
      case 3: text.insert(text[place], at: place)
      default:
        if Int.random(in: 0..<8, using: &random) == 0 {
          text.removeSubrange(place...)
        } else {
          text[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        }
      }
      if text.count < 8 { return text }
    }
    return text
  }
}
