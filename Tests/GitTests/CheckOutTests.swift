import DeployModel
import Foundation
import Git
import TestKit
import Testing

@Suite struct CheckOutTests {
  @Test func onlyTheseFilesAreWrittenEachAtItsPlace() async throws {
    let origin = try await GitOrigin(files: [
      "backend/main.go": "package main\n", "backend/sub/run.sh": .executable("#!/bin/sh\n"),
      "backend/sub/link": .symlink("run.sh"), "docker/Dockerfile": "FROM scratch\n",
      "docker/other": "no\n", "frontend/index.ts": "no\n",
      "backend/odd\n\"name\"/-x": "odd\n",
    ])
    let target = try await checkOut(origin, [.at("backend"), .at("docker/Dockerfile")])
    #expect(
      try contents(of: target) == [
        "backend/main.go", "backend/odd\n\"name\"/-x", "backend/sub/link", "backend/sub/run.sh",
        "docker/Dockerfile",
      ])
    #expect(
      try String(contentsOfFile: "\(target.path)/out/backend/main.go", encoding: .utf8)
        == "package main\n")
    #expect(
      FileManager.default.isExecutableFile(atPath: "\(target.path)/out/backend/sub/run.sh"))
    #expect(
      try FileManager.default.destinationOfSymbolicLink(
        atPath: "\(target.path)/out/backend/sub/link") == "run.sh")
  }

  @Test func theRootIsEverything() async throws {
    let origin = try await GitOrigin(files: ["a": "1\n", "b/c": "2\n"])
    #expect(try contents(of: await checkOut(origin, [.at("b"), .root])) == ["a", "b/c"])
  }

  @Test("all that is missing comes in one request")
  func oneDownload() async throws {
    var files: [String: FixtureFile] = [:]
    for number in 0..<300 { files["d/f\(number)"] = .text("\(number)\n") }
    let origin = try await GitOrigin(files: files)
    let counter = try CountingGit()
    let fixture = try MirrorFixture(of: origin.remote, git: counter.program)
    let tip = try #require(try await fixture.mirror.fetch(origin.branch))
    let before = try counter.count(of: "fetch")
    try await fixture.mirror.checkOut(
      tip, paths: [.at("d")], into: fixture.directory.appending("out"))
    #expect(try counter.count(of: "fetch") == before + 1)
    #expect(
      try FileManager.default.contentsOfDirectory(
        atPath: fixture.directory.appending("out/d")
      ).count == 300)
  }

  @Test func aMissingPathIsNamed() async throws {
    let origin = try await GitOrigin()
    await #expect(throws: GitError.noSuchPath("services/none", origin.root)) {
      try await checkOut(origin, [.at("services/none")])
    }
  }

  @Test func aDirectoryWithSomethingInItIsRefused() async throws {
    let origin = try await GitOrigin()
    let fixture = try MirrorFixture(of: origin)
    let tip = try #require(try await fixture.mirror.fetch(origin.branch))
    await #expect(throws: GitError.self) {
      try await fixture.mirror.checkOut(tip, paths: [.root], into: fixture.directory.path)
    }
  }

  @Test(
    "R13: a symbolic link that leaves the check-out is refused by name",
    arguments: [
      ["a/link": FixtureFile.symlink("../../outside")],
      ["a/link": .symlink("/etc/passwd")],
      ["a/link": .symlink("x/../../..")],
      ["a/deep/up": .symlink("../.."), "a/link": .symlink("deep/up/..")],
      ["b/c/d": .symlink("../.."), "a/link": .symlink("../b/c/d/../x")],
    ])
  func escapes(_ files: [String: FixtureFile]) async throws {
    let origin = try await GitOrigin(files: files)
    let target = try TemporaryDirectory()
    let error = await #expect(throws: GitError.self) {
      try await checkOut(origin, [.root], into: target)
    }
    guard case .symlinkLeaves("a/link", _) = error else {
      Issue.record("not refused for a/link: \(String(describing: error))")
      return
    }
    #expect(error?.disposition == .giveUp)
    #expect(!FileManager.default.fileExists(atPath: target.appending("out")))
  }

  @Test(
    "links that stay inside are written, dangling and circular ones too",
    arguments: [
      ["a/link": FixtureFile.symlink("../b")], ["a/link": .symlink("none/none")],
      ["a/link": .symlink("link")], ["a/x": .symlink("y"), "a/y": .symlink("x")],
      ["a/link": .symlink("./../a/../b")],
      ["a/deep/up": .symlink("../.."), "l": .symlink("a/deep/up/b")],
    ])
  func stays(_ files: [String: FixtureFile]) async throws {
    let origin = try await GitOrigin(files: files)
    #expect(try contents(of: await checkOut(origin, [.root])) == files.keys.sorted())
  }

  @discardableResult
  private func checkOut(
    _ origin: GitOrigin, _ paths: [RepositoryPath], into target: TemporaryDirectory? = nil
  ) async throws -> TemporaryDirectory {
    let target = try target ?? TemporaryDirectory()
    let fixture = try MirrorFixture(of: origin)
    let tip = try #require(try await fixture.mirror.fetch(origin.branch))
    try await fixture.mirror.checkOut(tip, paths: paths, into: target.appending("out"))
    return target
  }

  private func contents(of target: TemporaryDirectory) throws -> [String] {
    let root = target.appending("out")
    return try FileManager.default.subpathsOfDirectory(atPath: root).filter { path in
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(root)/\(path)")
      return attributes[.type] as? FileAttributeType != .typeDirectory
    }.sorted()
  }
}
