import Foundation
import PipelineKit
import TestKit

/// What the server that manifests are on does by itself.
extension Town {
  /// A commit of Slipway's that changes the manifest of one of `refuse`'s lines is declined. Where
  /// `race` is, somebody else's commit gets in between the next one and its ref. Where `drop` is, the
  /// server dies after it took the next one.
  /// Installed when they are first needed: each is a process for every push.
  func installHooks() throws {
    let isOurs = "git log -1 --format=%ce \"$new\" | grep -q slipway@example.com"
    try writeHook(
      "pre-receive",
      """
      #!/bin/sh
      [ -f refuse ] || [ -f race ] || exit 0
      read old new ref
      \(isOurs) || exit 0
      if [ -f refuse ]; then
        while read service; do
          if git diff --name-only "$old" "$new" | grep -q "^k8s/$service/"; then
            echo "GH006: Protected branch update failed for $ref: $service"; exit 1
          fi
        done <refuse
      fi
      [ -f race ] || exit 0
      rm race
      unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
      other=$(git -c user.name=Eve -c user.email=eve@example.com \\
        commit-tree -p "$old" -m "docs: get in between" "$old^{tree}")
      # Whoever else holds the ref is not kept out by it.
      if git update-ref "$ref" "$other" "$old"; then echo "$other" >>raced; fi

      """)
    try writeHook(
      "post-receive",
      """
      #!/bin/sh
      [ -f drop ] || exit 0
      read old new ref
      \(isOurs) || exit 0
      rm drop
      kill -9 $PPID

      """)
  }

  private func writeHook(_ name: String, _ text: String) throws {
    let files = FileManager.default
    let path = "\(manifests.origin)/hooks/\(name)"
    guard !files.fileExists(atPath: path) else { return }
    // Under another name until it may be run: somebody may be pushing.
    try write(text, to: "hooks/\(name).new")
    try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(path).new")
    try files.moveItem(atPath: "\(path).new", toPath: path)
  }

  /// Below the repository that manifests are pushed to.
  func write(_ text: String, to path: String) throws {
    try world.manifests.directory.write(text, to: "origin.git/\(path)")
  }
}
