import DeployModel
import Posix

/// What it means that a builder's process did not end by itself.
enum BuilderFailure {
  static func child(_ error: ChildError, code: FailureCode) -> BuildError {
    switch error {
    case .deadlineExceeded(_, let limit):
      BuildError(
        code: code, message: "not done within \(limit.components.seconds) s and ended",
        disposition: code == .buildTimeout ? .giveUp : .retry(after: nil))
    case .cancelled:
      BuildError(
        code: .builderUnavailable, message: "cancelled", disposition: .retry(after: nil))
    case .notFound, .couldNotStart, .outputTooLarge, .ended:
      BuildError(
        code: .builderUnavailable, message: "\(error)", disposition: .retry(after: nil))
    }
  }
}
