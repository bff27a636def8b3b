import Glibc
import Posix
import TestKit
import Testing

@Suite struct SafePathTests {
  let directory: TemporaryDirectory
  var root: String { directory.appending("root") }

  init() throws {
    directory = try TemporaryDirectory()
    try directory.write("inside", to: "root/a/b/file")
    try directory.write("outside", to: "secret")
    for (target, link) in [
      ("a/b", "root/inward"), ("../..", "root/a/up"), ("..", "root/out"), ("/etc", "root/absolute"),
      ("loop", "root/loop"), ("../b", "root/a/b/sideways"), ("nowhere", "root/dangling"),
      ("../secret", "root/leak"),
    ] {
      try #require(symlink(target, directory.appending(link)) == 0)
    }
  }

  @Test(
    "R13: what stays beneath the root is resolved",
    arguments: [
      ("a/b/file", "/a/b/file"), ("", ""), (".", ""), ("a//b/./file", "/a/b/file"),
      ("a/../a/b", "/a/b"), ("inward/file", "/a/b/file"), ("inward/..", "/a"),
      ("a/b/sideways/file", "/a/b/file"), ("new/deep/file", "/new/deep/file"),
      ("dangling", "/nowhere"),
    ])
  func resolves(path: String, expected: String) throws {
    #expect(try SafePath.join(root: root, path) == root + expected)
  }

  @Test(
    "R13: what leaves the root is refused",
    arguments: [
      "..", "../secret", "a/../../secret", "/etc/passwd", "out/secret", "a/up/secret", "leak",
      "absolute/passwd", "inward/../../..", "new/../../secret",
    ])
  func refuses(path: String) {
    #expect(throws: SafePathError.leavesRoot(path)) { try SafePath.join(root: root, path) }
  }

  @Test func refusesLoopsAndNULs() {
    #expect(throws: SafePathError.tooManyLinks("loop")) {
      try SafePath.join(root: root, "loop")
    }
    #expect(throws: SafePathError.malformed("a\0b")) { try SafePath.join(root: root, "a\0b") }
  }
}
