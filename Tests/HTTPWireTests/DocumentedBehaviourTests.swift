import Foundation
import Testing
import WireKit

/// `docs/http.md` says what the corpus says: a table for each subject, a row for each case.
@Suite struct DocumentedBehaviourTests {
  @Test(arguments: Corpus.subjects.map(\.title))
  func table(of title: String) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/http.md").standardized
    let lines = try String(contentsOf: file, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex(of: "### \(title)"), "docs/http.md has no \(title)")
    let documented = lines[(start + 1)...].prefix { !$0.hasPrefix("#") }
      .filter { $0.hasPrefix("| ") }.map(String.init)
    let subject = try #require(Corpus.subjects.first { $0.title == title })
    let rows = ["| sent | answer | section |"] + subject.cases.map(\.row)
    let text = rows.joined(separator: "\n")
    #expect(documented == rows, "under “\(title)” docs/http.md should say:\n\(text)")
  }
}

extension WireCase {
  /// Of the table: what was sent, what became of it, where that is written.
  fileprivate var row: String { "| \(what) | \(answer) | \(section) |" }

  /// That a refusal closes the connection goes without saying, and so does the end of an end.
  private var answer: String {
    let words = expected.enumerated().compactMap { index, event -> String? in
      switch event {
      case "100": "`100`"
      case "last": expected[index - 1].isRefusal ? nil : "closes"
      case "close": expected == ["close"] ? "closed without a word" : nil
      case let event where event.isRefusal:
        "**\(event.prefix(3))** `\(event.dropFirst(4))`"
      default: "served"
      }
    }
    return words.joined(separator: ", ")
  }
}

extension String {
  fileprivate var isRefusal: Bool { first == "4" || first == "5" }
}
