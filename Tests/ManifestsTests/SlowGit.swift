import Foundation
import Git
import TestKit

/// A git whose fetches wait until they may go on.
struct SlowGit {
  let directory: TemporaryDirectory
  var program: GitProgram { GitProgram(executable: directory.appending("git")) }

  init() throws {
    directory = try TemporaryDirectory("slow-git")
    let (begun, open) = (directory.appending("begun"), directory.appending("open"))
    let file = try directory.write(
      """
      #!/bin/sh
      case " $* " in *" fetch "*)
        : > '\(begun)'
        while [ ! -e '\(open)' ]; do sleep 0.01; done;;
      esac
      exec /usr/bin/git "$@"

      """, to: "git")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
  }

  var isFetching: Bool { FileManager.default.fileExists(atPath: directory.appending("begun")) }

  func goOn() throws { try directory.write("", to: "open") }
}
