import OpenSSLKit
import Testing

@Suite("Which certificate answers to a name")
struct ServerNamesTests {
  private let names = ServerNames([
    ["first.example", "shared.example"],
    ["*.example.org", "example.org", "shared.example"],
    ["ci.example.org", "*.deep.example.org"],
  ])

  @Test(
    "RFC 6125 section 6.4.3: the name itself, else a wildcard for its whole first label",
    arguments: [
      ("first.example", 0), ("example.org", 1), ("a.example.org", 1), ("a-b.example.org", 1),
      ("ci.example.org", 2), ("x.deep.example.org", 2), ("deep.example.org", 1),
    ])
  func finds(name: String, index: Int) { #expect(names.index(for: name) == index) }

  @Test(arguments: [
    "", ".", "other.example", "a.b.example.org", "x.first.example", ".example.org", "org",
    "*.first.example", "127.0.0.1",
  ])
  func findsNothing(name: String) { #expect(names.index(for: name) == nil) }

  @Test("case and the root's dot do not matter")
  func spelling() {
    #expect(names.index(for: "FIRST.Example") == 0)
    #expect(names.index(for: "first.example.") == 0)
    #expect(names.index(for: "A.EXAMPLE.ORG.") == 1)
  }

  @Test("of two with the same name the first has it")
  func first() { #expect(names.index(for: "shared.example") == 0) }
}
