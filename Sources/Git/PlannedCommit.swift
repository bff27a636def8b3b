package import DeployModel

/// A commit to be made on top of another: some files get new contents, all else stays.
package struct PlannedCommit: Hashable, Sendable {
  package struct File: Hashable, Sendable {
    /// From the repository's root.
    package var path: String
    package var bytes: [UInt8]
    package var mode: FileMode

    package init(path: String, bytes: [UInt8], mode: FileMode = .regular) {
      self.path = path
      self.bytes = bytes
      self.mode = mode
    }
  }

  package var message: String
  /// Author and committer.
  package var author: GitIdentity
  /// git keeps whole seconds.
  package var time: Timestamp
  package var files: [File]

  package init(message: String, author: GitIdentity, time: Timestamp, files: [File]) {
    self.message = message
    self.author = author
    self.time = time
    self.files = files
  }
}

package struct WrittenCommit: Hashable, Sendable {
  package var commit: CommitSHA
  /// By the paths of the plan.
  package var blobs: [String: ObjectID]

  package init(commit: CommitSHA, blobs: [String: ObjectID]) {
    self.commit = commit
    self.blobs = blobs
  }
}
