import DeployModel
import Foundation
import Manifests
import TestKit
import Testing

@Suite("Surgical edits of a kustomization")
struct KustomizationEditTests {
  @Test("R7: only the entry's bytes change", arguments: KustomizationCase.all)
  func fixture(_ fixture: KustomizationCase) throws {
    let before = try #require(fixture.bytes("before.yaml"))
    let edit = try KustomizationEdit.make(fixture.image, pin: fixture.pin)
    if let refused = fixture.bytes("refused.txt") {
      let error = #expect(throws: KustomizationError.self) { try edit.apply(to: before) }
      #expect(error.map { "\($0)\n" } == String(decoding: refused, as: UTF8.self))
      #expect(error?.code == .kustomizationInvalid)
    } else {
      let after = try #require(fixture.bytes("after.yaml"))
      let outcome = try edit.apply(to: before)
      #expect(
        String(decoding: outcome.bytes, as: UTF8.self) == String(decoding: after, as: UTF8.self))
      #expect(outcome.bytes == after)
      #expect(outcome.isChanged)
      let read = try #require(try KustomizationFile.read(after, image: fixture.image))
      #expect(read.tag == "1e52216")
      let again = try edit.apply(to: after)
      #expect(again.bytes == after)
      #expect(!again.isChanged)
    }
  }

  @Test("R7: a digest is added where it is asked for, and only there; none is taken away")
  func pins() throws {
    let bare = Array("images:\n- name: ghcr.io/acme/shop/api\n  newTag: \"1e52216\"\n".utf8)
    let tagged = try KustomizationEdit.make().apply(to: bare)
    #expect(!tagged.isChanged)
    let pinned = try KustomizationEdit.make(pin: .digest).apply(to: bare)
    #expect(pinned.isChanged)
    #expect(
      String(decoding: pinned.bytes, as: UTF8.self) == """
        images:
        - name: ghcr.io/acme/shop/api
          newTag: "1e52216"
          digest: sha256:\(String(repeating: "ab", count: 32))

        """)
    #expect(try !KustomizationEdit.make(pin: .digest).apply(to: pinned.bytes).isChanged)
    #expect(try !KustomizationEdit.make().apply(to: pinned.bytes).isChanged)
  }

  @Test("R7: an absent entry is appended, with a warning")
  func appendingWarns() throws {
    let before = Array("kind: Kustomization\n".utf8)
    let outcome = try KustomizationEdit.make().apply(to: before)
    #expect(outcome.warnings.count == 1)
    #expect(outcome.warnings.first?.contains("ghcr.io/acme/shop/api") == true)
    #expect(
      String(decoding: outcome.bytes, as: UTF8.self) == """
        kind: Kustomization
        images:
        - name: ghcr.io/acme/shop/api
          newName: registry.example.com/built
          newTag: "1e52216"

        """)
  }

  @Test("R7: a name that YAML would read as something else is quoted when appended")
  func appendingQuotes() throws {
    for (name, written) in [
      ("1234", #""1234""#), ("true", #""true""#), ("a b: c", #""a b: c""#), (".*", #"".*""#),
      ("a\"\\\n", #""a\"\\\x0a""#), ("localhost:5000/api", "localhost:5000/api"),
    ] {
      let outcome = try KustomizationEdit.make(name).apply(to: Array("kind: Kustomization".utf8))
      let text = String(decoding: outcome.bytes, as: UTF8.self)
      #expect(text.contains("\n- name: \(written)\n"))
      #expect(try KustomizationFile.read(outcome.bytes, image: name)?.tag == "1e52216")
    }
  }

  @Test("R7: tagSuffix stays, is overruled by newTag, and is pointed out")
  func tagSuffix() throws {
    let outcome = try KustomizationEdit.make(repository: "ghcr.io/acme/shop/api").apply(
      to: Array("images:\n- name: ghcr.io/acme/shop/api\n  tagSuffix: -arm64\n".utf8))
    #expect(outcome.warnings == ["tagSuffix has no effect beside newTag; remove it"])
  }

  @Test("R7: an entry that deploys another repository than the service's is pointed out")
  func otherRepository() throws {
    let outcome = try KustomizationEdit.make(repository: "ghcr.io/acme/shop/api").apply(
      to: Array("images:\n- name: ghcr.io/acme/shop/api\n  newName: mirror.io/api\n".utf8))
    #expect(
      outcome.warnings == [
        "the entry for ghcr.io/acme/shop/api deploys mirror.io/api, not ghcr.io/acme/shop/api"
      ])
  }

  @Test(
    "R7: an equal tag is settled if every reader takes it for a string",
    arguments: [
      ("newTag: 008c40e", "008c40e", true), ("newTag: \"1234567\"", "1234567", true),
      ("newTag: '1234567'", "1234567", true), ("newTag: !!str 1234567", "1234567", true),
      ("newTag: |-\n    1234567", "1234567", true), ("newTag: 1.2.3", "1.2.3", true),
      ("newTag: v1.4.2", "v1.4.2", true), ("newTag: deadbee", "deadbee", true),
      ("newTag: 1234567", "1234567", false), ("newTag: 12e4567", "12e4567", false),
      ("newTag: 0123456", "0123456", false), ("newTag: 0b10101", "0b10101", false),
      ("newTag: 0x1a2b3", "0x1a2b3", false), ("newTag: 0o17", "0o17", false),
      ("newTag: 1_000", "1_000", false), ("newTag: 1.10", "1.10", false),
      ("newTag: yes", "yes", false), ("newTag: \"null\"", "null", true),
      ("newTag: 2025-01-31", "2025-01-31", false), ("newTag: |\n    v1", "v1", false),
    ])
  func settled(_ line: String, _ tag: String, _ isSettled: Bool) throws {
    let file = "images:\n- name: ghcr.io/acme/shop/api\n  \(line)\n"
    let outcome = try KustomizationEdit.make(tag: tag).apply(to: Array(file.utf8))
    #expect(outcome.isChanged == !isSettled)
    #expect(
      String(decoding: outcome.bytes, as: UTF8.self)
        == (isSettled
          ? file : "images:\n- name: ghcr.io/acme/shop/api\n  newTag: \"\(tag)\"\n"))
  }

  @Test("R7: an equal tag beside an old digest is not settled: the old image would keep running")
  func oldDigest() throws {
    let digest = "sha256:" + String(repeating: "cd", count: 32)
    let file =
      "images:\n- name: ghcr.io/acme/shop/api\n  newTag: \"1e52216\"\n  digest: \(digest)\n"
    let outcome = try KustomizationEdit.make().apply(to: Array(file.utf8))
    #expect(
      String(decoding: outcome.bytes, as: UTF8.self)
        == file.replacing(digest, with: "sha256:" + String(repeating: "ab", count: 32)))
  }

  @Test(
    "R7: what is refused is refused with line, column and what to do",
    arguments: [
      ("a: [", "1:4"), ("images:\n- name: 'x\n", "2:9"), ("- a\n", "1:1"), ("", "1:1"),
      ("~", "1:1"),
      ("images: {}\n", "1:9"), ("images:\n- x\n", "2:3"), ("images: &a []\nb: *b\n", "2:4"),
      ("a: &a []\nimages: *a\n", "2:9"), ("<<: {images: []}\n", "1:1"),
      ("images:\n- name: ghcr.io/acme/shop/api\n  newTag: [a]\n", "3:11"),
      ("images:\n- name: ghcr.io/acme/shop/api\n  digest: {}\n", "3:11"),
      ("images:\n- name: ghcr.io/acme/shop/api\n  newTag: a\n  newTag: b\n", "4:3"),
      ("images:\n- name: ghcr.io/acme/shop/api\n- {name: ghcr.io/acme/shop/api}\n", "3:3"),
      ("x: &a\n  name: ghcr.io/acme/shop/api\nimages:\n- *a\n", "4:3"),
      ("images:\n- name: .*\n- name: ghcr.io/acme/shop/api\n", "2:3"),
      ("images:\n- name: ([a-z./-]+)+:x\n- name: ghcr.io/acme/shop/api\n", "2:3"),
      ("images:\n- name: quay.io/x|.*\n- name: ghcr.io/acme/shop/api\n", "2:3"),
      ("images:\n- name: ghcr.io/acme/shop/apia?\n- name: ghcr.io/acme/shop/api\n", "2:3"),
      // What stands behind may be in the tag, may mean something else, and need not be there.
      ("images:\n- name: .*web\n- name: ghcr.io/acme/shop/api\n", "2:3"),
      ("images:\n- name: .*/api.web\n- name: ghcr.io/acme/shop/api\n", "2:3"),
      ("images:\n- name: (?i).*/API\n- name: ghcr.io/acme/shop/api\n", "2:3"),
      ("images:\n- name: .*\\Q/web\n- name: ghcr.io/acme/shop/api\n", "2:3"),
      ("images:\n- name: .*(/web)?\n- name: ghcr.io/acme/shop/api\n", "2:3"),
      ("images:\n- name: .*/shop/a.i\n- name: ghcr.io/acme/shop/api\n", "2:3"),
      ("images:\n- name: ^ghcr.io/acme/shop/api$\n- name: ghcr.io/acme/shop/api\n", "2:3"),
      ("images:\n- name: ghcrXio/acme/shop/api\n- name: ghcr.io/acme/shop/api\n", "2:3"),
      ("images:\n- name: ghcr.io/acme/shop/api\n  newName: b\n- name: b\n", "4:3"),
      ("a: ä\u{7}\n", "1:5"), ("? a\n: b\n", "1:1"),
      ("images:\n- <<: [*a]\n", "2:8"), ("images:\n- <<: x\n", "2:7"),
    ])
  func refused(_ file: String, _ place: String) throws {
    let error = try #require(throws: KustomizationError.self) {
      try KustomizationEdit.make().apply(to: Array(file.utf8))
    }
    #expect(error.line.map { "\($0)" } == place.split(separator: ":").first.map(String.init))
    #expect(error.column.map { "\($0)" } == place.split(separator: ":").last.map(String.init))
    #expect(!error.message.isEmpty)
    #expect(
      error.description(at: "k/kustomization.yaml").hasPrefix("k/kustomization.yaml:\(place): "))
  }

  @Test(
    "R7: an expression that begins or ends otherwise is in nobody's way",
    arguments: [
      "quay.io/[a-z]+/db", ".*/redis", "(docker.io/)?library/redis", "^redis$", "^.*/redis$",
      "^ghcr.io/acme/shop/web$", "ghcr.io/acme/[a-z]+/web",
    ])
  func expressionOfOthers(_ name: String) throws {
    let file =
      "images:\n- name: \(name)\n- name: ghcr.io/acme/shop/api\n  newTag: old\n"
    let outcome = try KustomizationEdit.make().apply(to: Array(file.utf8))
    #expect(
      String(decoding: outcome.bytes, as: UTF8.self) == file.replacing("old", with: #""1e52216""#))
  }

  @Test("R7: bytes that are not UTF-8 are refused where they stand")
  func notUTF8() throws {
    let error = try #require(throws: KustomizationError.self) {
      try KustomizationEdit.make().apply(to: Array("a: b\n# ".utf8) + [0xFF, 0x0A])
    }
    #expect(error.line == 2 && error.column == 3)
  }

  @Test("R12: deep nesting and merges of merges end in an error, not in a crash")
  func bombs() throws {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: KustomizationError.self) {
      try KustomizationEdit.make().apply(to: Array(deep.utf8))
    }
    let indented = (0..<2000).map { String(repeating: " ", count: $0) + "a:" }
    #expect(throws: KustomizationError.self) {
      try KustomizationEdit.make().apply(to: Array(indented.joined(separator: "\n").utf8))
    }
    var laughs = "a0: &a0 {x: y}\n"
    for level in 1...40 {
      laughs += "a\(level): &a\(level) {<<: [*a\(level - 1), *a\(level - 1), *a\(level - 1)]}\n"
    }
    #expect(throws: KustomizationError.self) {
      try KustomizationEdit.make().apply(to: Array("\(laughs)images:\n- *a40\n".utf8))
    }
    let outcome = try KustomizationEdit.make().apply(
      to: Array("\(laughs)images:\n- name: ghcr.io/acme/shop/api\n".utf8))
    #expect(outcome.isChanged)
  }

  @Test("R7: names that begin with another name, or have it as their end, are other names")
  func prefixes() throws {
    let file = """
      images:
      - name: ghcr.io/acme/shop/api-gateway
        newTag: a
      - name: shop/api
        newTag: b
      - name: ghcr.io/acme/shop/api/v2
        newTag: c

      """
    let outcome = try KustomizationEdit.make().apply(to: Array(file.utf8))
    #expect(String(decoding: outcome.bytes, as: UTF8.self).hasPrefix(file))
  }
}

@Suite("Reading a kustomization")
struct KustomizationFileTests {
  @Test("reads what stands there, merge keys and aliases applied")
  func reading() throws {
    let file = Array(
      """
      images:
      - &base
        name: a
        newName: x/a
        newTag: 1234567
      - <<: *base
        name: b
        digest: sha256:abc
      - name: c
        newTag: null
        digest: ""

      """.utf8)
    #expect(
      try KustomizationFile.read(file, image: "a")
        == KustomizationEntry(tag: "1234567", digest: nil, newName: "x/a"))
    #expect(
      try KustomizationFile.read(file, image: "b")
        == KustomizationEntry(tag: "1234567", digest: "sha256:abc", newName: "x/a"))
    #expect(
      try KustomizationFile.read(file, image: "c")
        == KustomizationEntry(tag: nil, digest: nil, newName: nil))
    #expect(try KustomizationFile.read(file, image: "d") == nil)
  }

  @Test("exactly one of kustomize's three names")
  func locating() throws {
    #expect(try KustomizationFile.locate(in: ["a", "kustomization.yml"]) == "kustomization.yml")
    #expect(try KustomizationFile.locate(in: ["Kustomization"]) == "Kustomization")
    let none = #expect(throws: KustomizationError.self) {
      try KustomizationFile.locate(in: ["kustomization.json", "KUSTOMIZATION"])
    }
    #expect(none?.code == .kustomizationMissing)
    let two = #expect(throws: KustomizationError.self) {
      try KustomizationFile.locate(in: ["Kustomization", "kustomization.yaml"])
    }
    #expect(two?.code == .kustomizationInvalid)
    #expect(two?.message.contains("kustomization.yaml and Kustomization") == true)
  }
}
