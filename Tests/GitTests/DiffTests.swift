import DeployModel
import TestKit
import Testing

@testable import Git

@Suite struct DiffTests {
  @Test("R3: two-dot: what was added and reverted within a push did not change")
  func comparesEndsOnly() async throws {
    let origin = try await GitOrigin(files: ["backend/a": "1\n", "frontend/b": "1\n"])
    try await origin.commit(["backend/a": "2\n"])
    let end = try await origin.commit(["backend/a": "1\n", "frontend/b": "2\n"])
    #expect(try await changes(in: origin, to: end).map(\.path) == ["frontend/b"])
  }

  @Test("R3: a rename is a deletion and an addition")
  func noRenames() async throws {
    let text = String(repeating: "the same line\n", count: 100)
    let origin = try await GitOrigin(files: ["backend/old.go": .text(text)])
    let end = try await origin.commit(["backend/old.go": .deleted, "frontend/new.go": .text(text)])
    let changes = try await changes(in: origin, to: end)
    #expect(changes.map(\.path) == ["backend/old.go", "frontend/new.go"])
    #expect(changes[0].newBlob == nil)
    #expect(changes[1].oldBlob == nil)
    #expect(changes[0].oldBlob == changes[1].newBlob)
  }

  @Test("R3: odd file names arrive whole")
  func oddNames() async throws {
    let names = ["-rf", "a\nb", "quote\"d", "tab\there", "ünïcode/名前", "sp ace", "back\\slash"]
    let origin = try await GitOrigin()
    let end = try await origin.commit(
      Dictionary(uniqueKeysWithValues: names.map { ($0, FixtureFile.text("1\n")) }))
    #expect(Set(try await changes(in: origin, to: end).map(\.path)) == Set(names))
  }

  @Test func modesAndLinksCount() async throws {
    let origin = try await GitOrigin(files: ["run": "x\n", "file": "y\n"])
    let end = try await origin.commit(["run": .executable("x\n"), "file": .symlink("run")])
    let changes = try await changes(in: origin, to: end)
    #expect(changes.map(\.path) == ["file", "run"])
    #expect(changes.map(\.mode) == [.symlink, .executable])
    #expect(changes[1].oldBlob == changes[1].newBlob)
  }

  @Test func fromTheEmptyTreeEverythingIsNew() async throws {
    let origin = try await GitOrigin(files: ["a": "1\n", "b/c": "2\n"])
    let fixture = try MirrorFixture(of: origin)
    _ = try await fixture.mirror.fetch(origin.branch)
    let changes = try await fixture.mirror.changedFiles(from: nil, to: origin.root)
    #expect(changes.map(\.path) == ["a", "b/c"])
    #expect(changes.allSatisfy { $0.oldBlob == nil && $0.newBlob != nil })
  }

  @Test func nothingChangedIsEmpty() async throws {
    let origin = try await GitOrigin()
    #expect(try await changes(in: origin, to: origin.root) == [])
  }

  @Test("R12: a hundred thousand files stream through")
  func manyFiles() async throws {
    let origin = try await GitOrigin()
    var files: [String: FixtureFile] = [:]
    for number in 0..<100_000 { files["d\(number % 300)/f\(number)"] = .text("") }
    let end = try await origin.commit(files)
    #expect(try await changes(in: origin, to: end).count == 100_000)
  }

  @Test("R12: more than the limit is refused")
  func theLimit() {
    var parser = RawDiffParser(limit: 1)
    let id = String(repeating: "a", count: 40)
    let record = Array(":100644 100644 \(id) \(id) M\0x\0".utf8)
    #expect(throws: Never.self) { try parser.consume(record) }
    #expect(throws: GitError.self) { try parser.consume(record) }
  }

  @Test("the parser takes the stream in any pieces", arguments: [1, 2, 3, 7, 50, 1000])
  func anyPieces(_ size: Int) throws {
    let old = String(repeating: "a", count: 40)
    let new = String(repeating: "b", count: 40)
    let none = String(repeating: "0", count: 40)
    let stream = Array(
      ":100644 100755 \(old) \(new) M\0a b\0:000000 100644 \(none) \(new) A\0x/y\0".utf8)
    var parser = RawDiffParser(limit: 10)
    var rest = stream[...]
    while !rest.isEmpty {
      try parser.consume(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    #expect(
      try parser.finish() == [
        ChangedFile(path: "a b", oldBlob: ObjectID(old), newBlob: ObjectID(new), mode: .executable),
        ChangedFile(path: "x/y", oldBlob: nil, newBlob: ObjectID(new), mode: .regular),
      ])
    try parser.consume([UInt8(ascii: ":")])
    #expect(throws: GitError.self) { try parser.finish() }
  }

  private func changes(in origin: GitOrigin, to end: CommitSHA) async throws -> [ChangedFile] {
    let fixture = try MirrorFixture(of: origin)
    _ = try await fixture.mirror.fetch(origin.branch)
    return try await fixture.mirror.changedFiles(from: origin.root, to: end)
  }
}
