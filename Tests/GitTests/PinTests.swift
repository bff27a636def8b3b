import DeployModel
import Foundation
import Git
import TestKit
import Testing

@Suite("Pins")
struct PinTests {
  @Test("R3: a branch below another's name has a pin of its own, and so has a long one")
  func namesDoNotCollide() async throws {
    let origin = try await GitOrigin()
    let next = try await origin.commit(["a.txt": "1\n"])
    let mirror = try MirrorFixture(of: origin).mirror
    _ = try await mirror.fetch(origin.branch)
    let long = String(repeating: "a/", count: 126) + "b"
    let pins = ["release", "release/2", "release/2/x", "release%2F2", long, "\(long)c"]
    for (index, name) in pins.enumerated() {
      try await mirror.pin("cursor/\(name)", to: index.isMultiple(of: 2) ? next : origin.root)
    }
    for (index, name) in pins.enumerated() {
      let expected = index.isMultiple(of: 2) ? next : origin.root
      #expect(try await mirror.pinned("cursor/\(name)") == expected)
    }
    try await mirror.unpin("cursor/release/2")
    #expect(try await mirror.pinned("cursor/release/2") == nil)
    #expect(try await mirror.pinned("cursor/release") == next)
  }

  @Test("R1: the lock of a git that was killed goes; one that may be at work stays")
  func abandonedLock() async throws {
    let origin = try await GitOrigin()
    let mirror = try MirrorFixture(of: origin).mirror
    _ = try await mirror.fetch(origin.branch)
    try await mirror.pin("cursor/main", to: origin.root)
    let lock = "\(mirror.directory)/refs/slipway/cursor/main.lock"
    func leaveLock(agedSeconds: Double) throws {
      try Data().write(to: URL(filePath: lock))
      try FileManager.default.setAttributes(
        [.modificationDate: Date.now - agedSeconds], ofItemAtPath: lock)
    }
    try leaveLock(agedSeconds: 10)
    await #expect(throws: GitError.self) { try await mirror.unpin("cursor/main") }
    #expect(FileManager.default.fileExists(atPath: lock))
    try leaveLock(agedSeconds: 3600)
    let next = try await origin.commit(["a.txt": "1\n"])
    _ = try await mirror.fetch(origin.branch)
    try await mirror.pin("cursor/main", to: next)
    #expect(try await mirror.pinned("cursor/main") == next)
    try leaveLock(agedSeconds: 3600)
    try await mirror.unpin("cursor/main")
    #expect(try await mirror.pinned("cursor/main") == nil)
  }
}
