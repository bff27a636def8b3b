import DeployModel
import Git
import Logging

/// Why a step of the line did not reach its end.
enum StepError: Error, Sendable {
  /// The deployment ends as failed.
  case failed(DeploymentFailure)
  /// Cancelled, superseded or taken over: the record says so already, nothing is left to write.
  case overtaken
  /// The process is stopping: somebody takes the work up again.
  case interrupted
}

/// What each step of the line shares: its errors told apart, its time taken, its end logged.
struct StepRunner: Sendable {
  let deployment: DeploymentID
  let logger: Logger
  let clock: any WallClock
  /// R12: how long a registry or remote that is down is waited for, in one step, from its first
  /// failure: a long build before that takes nothing from it.
  let patience: Duration
  /// Of a clock that nobody sets.
  var now: @Sendable () -> ContinuousClock.Instant = { .now }
  /// Tells the timeline, once per step.
  let noteOutage: @Sendable (String) async -> Void

  func step<Value: Sendable>(
    _ stage: DeploymentState, _ name: String, _ body: () async throws -> Value
  ) async throws(StepError) -> Value {
    let start = now()
    var firstFailure: ContinuousClock.Instant?
    var generator = SystemRandomNumberGenerator()
    var attempt = 0
    while true {
      do {
        let value = try await body()
        logger.debug(
          "step done",
          metadata: [
            "step": "\(name)",
            "milliseconds": "\((now() - start).wholeMilliseconds)",
          ])
        return value
      } catch {
        logger.notice("step ended early", metadata: ["step": "\(name)", "error": "\(error)"])
        attempt += 1
        let time = now()
        let waitedFrom = firstFailure ?? time
        firstFailure = waitedFrom
        let usual = Backoff.sideEffect.delay(afterAttempt: attempt, using: &generator)
        guard case .retry(let after) = Self.remedy(for: error),
          case let pause = max(usual, after ?? .zero), time + pause - waitedFrom < patience
        else { throw classify(error, stage: stage) }
        if attempt == 1 { await noteOutage("\(error)") }
        do {
          try await clock.sleep(for: pause)
        } catch {
          throw .interrupted
        }
      }
    }
  }

  private enum Remedy {
    /// - Parameter after: what the other side asks to be left alone for.
    case retry(after: Duration?)
    case none
  }

  private static func remedy(for error: any Error) -> Remedy {
    switch error {
    case let error as BuildError:
      if case .retry(let after) = error.disposition { return .retry(after: after) }
    case let error as RegistryError:
      if case .retry(let after) = error.disposition { return .retry(after: after) }
    case let error as GitError where [.retry, .fetchAgain].contains(error.disposition):
      return .retry(after: nil)
    default: break
    }
    return .none
  }

  func classify(_ error: any Error, stage: DeploymentState) -> StepError {
    Self.classify(error, stage: stage)
  }

  static func classify(_ error: any Error, stage: DeploymentState) -> StepError {
    if Task.isCancelled || error is CancellationError { return .interrupted }
    switch error {
    case let error as StepError: return error
    case StoreError.conflict: return .overtaken
    case StoreError.unavailable: return .interrupted
    case let error as BuildError:
      return .failed(DeploymentFailure(stage: stage, code: error.code, message: error.message))
    case let error as RegistryError:
      return .failed(DeploymentFailure(stage: stage, code: error.code, message: error.message))
    case let error as GitError: return .failed(failure(error, stage: stage))
    case let error as SourceError:
      return .failed(DeploymentFailure(stage: stage, code: error.code, message: error.message))
    default:
      return .failed(
        DeploymentFailure(stage: stage, code: .internalError, message: "\(error)"))
    }
  }
}

/// What git says while the source is looked at or checked out.
private func failure(_ error: GitError, stage: DeploymentState) -> DeploymentFailure {
  let code: FailureCode =
    switch error {
    case .symlinkLeaves, .invalid: .unsafePath
    case .noSuchPath: .contextMissing
    default: .sourceUnavailable
    }
  return DeploymentFailure(stage: stage, code: code, message: error.description)
}

/// The source could not be had as the configuration describes it.
struct SourceError: Error, Sendable, CustomStringConvertible {
  var code: FailureCode
  var message: String
  var description: String { message }
}
