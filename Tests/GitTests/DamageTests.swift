import DeployModel
import Foundation
import Git
import TestKit
import Testing

@Suite struct DamageTests {
  /// Ways to ruin a mirror between two calls.
  enum Damage: String, CaseIterable, Sendable {
    case deleted, emptied, withoutObjects, truncatedPack, garbledPack, withoutIndex
    case brokenRef, emptyRef, withoutHead, brokenConfiguration, brokenPackedRefs, aFile

    func inflict(on path: String) throws {
      let files = FileManager.default
      let packs = try files.contentsOfDirectory(atPath: "\(path)/objects/pack")
        .map { "\(path)/objects/pack/\($0)" }
      switch self {
      case .deleted: try files.removeItem(atPath: path)
      case .emptied:
        for name in try files.contentsOfDirectory(atPath: path) {
          try files.removeItem(atPath: "\(path)/\(name)")
        }
      case .withoutObjects:
        for pack in packs { try files.removeItem(atPath: pack) }
      case .truncatedPack:
        for pack in packs where pack.hasSuffix(".pack") { try rewrite(pack) { $0.prefix(40) } }
      case .garbledPack:
        for pack in packs where pack.hasSuffix(".pack") {
          try rewrite(pack) { $0.prefix(12) + Data($0.dropFirst(12).map { $0 ^ 0x55 }) }
        }
      case .withoutIndex:
        for pack in packs where pack.hasSuffix(".idx") { try files.removeItem(atPath: pack) }
      case .brokenRef: try TextFile.write("nonsense\n", to: "\(path)/refs/mirror/heads/main")
      case .emptyRef: try TextFile.write("", to: "\(path)/refs/mirror/heads/main")
      case .withoutHead: try files.removeItem(atPath: "\(path)/HEAD")
      case .brokenConfiguration: try TextFile.write("[core\n", to: "\(path)/config")
      case .brokenPackedRefs: try TextFile.write("rubbish\n", to: "\(path)/packed-refs")
      case .aFile:
        try files.removeItem(atPath: path)
        try TextFile.write("in the way\n", to: path)
      }
    }

    private func rewrite(_ path: String, _ change: (Data) -> Data) throws {
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      try FileManager.default.removeItem(atPath: path)
      try change(data).write(to: URL(fileURLWithPath: path))
    }
  }

  @Test("a mirror is a cache: whatever happens to it, fetches mend it", arguments: Damage.allCases)
  func isMended(_ damage: Damage) async throws {
    let origin = try await GitOrigin(files: ["a.txt": "1\n"])
    let fixture = try MirrorFixture(of: origin)
    _ = try await fixture.mirror.fetch(origin.branch)
    _ = try await fixture.mirror.file("a.txt", at: origin.root)
    try damage.inflict(on: fixture.path)
    let next = try await origin.commit(["b.txt": "2\n"])
    #expect(try await fixture.mirror.fetch(origin.branch) == next)
    #expect(try await reads(fixture.mirror, next, origin.root))
  }

  @Test("damage that a reader meets is mended by the next fetch", arguments: Damage.allCases)
  func isNoticedByReaders(_ damage: Damage) async throws {
    let origin = try await GitOrigin(files: ["a.txt": "1\n"])
    let next = try await origin.commit(["b.txt": "2\n"])
    let first = try MirrorFixture(of: origin)
    _ = try await first.mirror.fetch(origin.branch)
    try damage.inflict(on: first.path)
    // A new process: nothing is cached.
    let mirror = Mirror(
      directory: first.path, remote: origin.remote, git: GitProgram(),
      logger: first.mirror.testLogger)
    do {
      _ = try await reads(mirror, next, origin.root)
    } catch {
      #expect([.fetchAgain, .notFound, .retry].contains(error.disposition))
    }
    #expect(try await mirror.fetch(origin.branch) == next)
    #expect(try await reads(mirror, next, origin.root))
  }

  @Test("a mirror whose remote is away stays as it is")
  func staysWhileTheRemoteIsAway() async throws {
    let origin = try await GitOrigin()
    let fixture = try MirrorFixture(of: origin)
    _ = try await fixture.mirror.fetch(origin.branch)
    try TextFile.move(origin.path, to: origin.path + ".away")
    await #expect(throws: GitError.self) { try await fixture.mirror.fetch(origin.branch) }
    #expect(try await fixture.mirror.contains(origin.root))
    try TextFile.move(origin.path + ".away", to: origin.path)
    #expect(try await fixture.mirror.fetch(origin.branch) == origin.root)
  }

  @Test("R1: locks that a killed process left behind are cleared at the next start")
  func locksAreCleared() async throws {
    let origin = try await GitOrigin()
    let fixture = try MirrorFixture(of: origin)
    _ = try await fixture.mirror.fetch(origin.branch)
    let leftovers = [
      "refs/mirror/heads/main.lock", "packed-refs.lock", "config.lock", "slipway-index-x",
    ]
    for name in leftovers { try TextFile.write("", to: "\(fixture.path)/\(name)") }
    let next = try await origin.commit(["a": "1"])
    let again = Mirror(
      directory: fixture.path, remote: origin.remote, git: GitProgram(),
      logger: fixture.mirror.testLogger)
    #expect(try await again.fetch(origin.branch) == next)
    for name in leftovers {
      #expect(!FileManager.default.fileExists(atPath: "\(fixture.path)/\(name)"))
    }
  }

  @Test("a mirror that is let go leaves no process behind")
  func endsItsProcess() async throws {
    let origin = try await GitOrigin()
    var fixture: MirrorFixture? = try MirrorFixture(of: origin)
    let path = try #require(fixture?.path)
    _ = try await fixture?.mirror.fetch(origin.branch)
    #expect(try processes(naming: path).count == 1)
    fixture = nil
    try await eventually("the reader's end") { try processes(naming: path).isEmpty }
  }

  @Test("maintenance keeps what is pinned and what was written")
  func maintenance() async throws {
    let origin = try await GitOrigin()
    let before = try await origin.commit(["a.txt": "1\n"])
    let fixture = try MirrorFixture(of: origin)
    let mirror = fixture.mirror
    _ = try await mirror.fetch(origin.branch)
    try await mirror.pin("cursor/main", to: before)
    let after = try await origin.commit(["a.txt": "2\n"], onto: origin.root)
    _ = try await mirror.fetch(origin.branch)
    let written = try await mirror.write([.make(["c.txt": "3\n"])], onto: after)
    try await mirror.maintain()
    #expect(!mirror.needsMaintenance)
    #expect(try await mirror.contains(before))
    #expect(try await mirror.file("c.txt", at: written[0].commit)?.bytes == Array("3\n".utf8))
    #expect(
      try await mirror.push(written[0].commit, to: origin.branch, expecting: after) == .landed)
    #expect(try await mirror.fetch(origin.branch) == written[0].commit)
    #expect(try await mirror.file("a.txt", at: after)?.bytes == Array("2\n".utf8))
    try await mirror.unpin("cursor/main")
    #expect(try await mirror.pinned("cursor/main") == nil)
  }

  private func reads(
    _ mirror: Mirror, _ tip: CommitSHA, _ root: CommitSHA
  ) async throws(GitError) -> Bool {
    let file = try await mirror.file("a.txt", at: tip)
    let isAncestor = try await mirror.isAncestor(root, of: tip)
    let changes = try await mirror.changedFiles(from: root, to: tip)
    return file?.bytes == Array("1\n".utf8) && isAncestor && changes.map(\.path) == ["b.txt"]
  }
}
