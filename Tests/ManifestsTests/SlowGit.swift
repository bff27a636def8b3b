import Foundation
import Git
import TestKit

/// A git whose fetches, or pushes, wait until they may go on.
struct SlowGit {
  enum Waiting {
    /// Nothing is asked yet.
    case beforeFetch
    /// The answer is there, and on its way.
    case afterFetch
    /// The remote has it, and the answer will be lost.
    case afterPush
  }

  let directory: TemporaryDirectory
  var program: GitProgram { GitProgram(executable: directory.appending("git")) }

  init(_ waiting: Waiting = .beforeFetch) throws {
    directory = try TemporaryDirectory("slow-git")
    let (begun, open) = (directory.appending("begun"), directory.appending("open"))
    let once = directory.appending("once")
    // No longer than whoever asks: what a test that was killed leaves behind would wait for ever.
    let wait = """
      : > '\(begun)'; while [ ! -e '\(open)' ] && kill -0 $PPID 2>/dev/null; do
      if [ -e '\(once)' ]; then rm '\(once)'; break; fi; sleep 0.01; done
      """
    let script =
      switch waiting {
      case .beforeFetch:
        "case \" $* \" in *\" fetch \"*) \(wait);; esac; exec /usr/bin/git \"$@\""
      case .afterFetch:
        "/usr/bin/git \"$@\"; end=$?; case \" $* \" in *\" fetch \"*) \(wait);; esac; exit $end"
      case .afterPush:
        """
        case " $* " in *" push "*) ;; *) exec /usr/bin/git "$@";; esac
        /usr/bin/git "$@" >/dev/null 2>&1; \(wait); exit 1
        """
      }
    let file = try directory.write("#!/bin/sh\n\(script)\n", to: "git")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
  }

  var isWaiting: Bool { FileManager.default.fileExists(atPath: directory.appending("begun")) }

  /// The one that waits, and none after it.
  func letGo() throws {
    try FileManager.default.removeItem(atPath: directory.appending("begun"))
    try directory.write("", to: "once")
  }

  func goOn() throws { try directory.write("", to: "open") }
}
