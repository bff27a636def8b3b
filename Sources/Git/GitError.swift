package import DeployModel
import Posix

/// Why git could not do it. Every text is for people, and redacted: it holds no secret.
package enum GitError: Error, Hashable, Sendable {
  /// git is missing or too old.
  case notInstalled(String)
  /// The machine could not run it: no memory, no descriptor.
  case couldNotStart(String)
  case cancelled
  case timedOut(String)
  /// The remote did not answer, or broke off.
  case unreachable(String)
  /// 401, or a key that the remote does not know. A token was asked for anew once before.
  case authentication(String)
  /// 403: known, but not allowed.
  case forbidden(String)
  /// The remote says that there is no such repository (GitHub says so too where access is missing).
  case remoteNotFound(String)
  /// The mirror on this machine is damaged or absent. The next `fetch` mends it.
  case corruptMirror(String)
  case noSuchCommit(CommitSHA)
  case noSuchPath(String, CommitSHA)
  /// R13: a symbolic link that leads out of the check-out.
  case symlinkLeaves(path: String, target: String)
  /// A name, path or argument that git must not see.
  case invalid(String)
  /// R12: more than the limit that the text names.
  case tooLarge(String)
  /// git failed in a way that is none of the above.
  case failed(String)

  package enum Disposition: Hashable, Sendable {
    /// The same call may succeed later.
    case retry
    /// `fetch` first: it mends the mirror.
    case fetchAgain
    /// Somebody must look at the credentials; retrying is harmless.
    case credentials
    case notFound
    case giveUp
    case cancelled
  }

  package var disposition: Disposition {
    switch self {
    case .couldNotStart, .timedOut, .unreachable, .failed: .retry
    case .authentication, .forbidden: .credentials
    case .corruptMirror: .fetchAgain
    case .noSuchCommit, .noSuchPath, .remoteNotFound: .notFound
    case .notInstalled, .symlinkLeaves, .invalid, .tooLarge: .giveUp
    case .cancelled: .cancelled
    }
  }
}

extension GitError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notInstalled(let why), .couldNotStart(let why), .timedOut(let why), .invalid(let why),
      .tooLarge(let why), .failed(let why):
      why
    case .cancelled: "git was cancelled"
    case .unreachable(let why): "the git remote could not be reached: \(why)"
    case .authentication(let why): "the git remote refused the credentials: \(why)"
    case .forbidden(let why): "the git remote does not allow it: \(why)"
    case .remoteNotFound(let why):
      "the git remote has no such repository, or does not show it to these credentials: \(why)"
    case .corruptMirror(let why): "the mirror is damaged and will be fetched anew: \(why)"
    case .noSuchCommit(let commit): "there is no commit \(commit)"
    case .noSuchPath(let path, let commit): "there is no \(path) in commit \(commit.short())"
    case .symlinkLeaves(let path, let target):
      "the symbolic link \(path) leads out of the repository, to \(target)"
    }
  }
}

extension GitError {
  init(_ error: ChildError, doing command: String) {
    self =
      switch error {
      case .notFound: .notInstalled("\(error)")
      case .couldNotStart: .couldNotStart("\(error)")
      case .deadlineExceeded(_, let limit):
        .timedOut("git \(command) did not finish within \(limit.components.seconds) s")
      case .outputTooLarge(_, let limit):
        .tooLarge("git \(command) wrote more than \(limit) bytes")
      case .cancelled: .cancelled
      case .ended: .failed("git \(command) ended before it had answered")
      }
  }
}
