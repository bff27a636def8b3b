import DeployModel
import Git

/// The commits of one push: each winner's edit applied to the file as the one before left it.
struct LandingPlan {
  struct Step {
    var winner: ForwardDecision.Winner
    var path: String
    var warnings: [String]
    /// Nil if the file says so already.
    var commit: PlannedCommit?
    /// For such an edit: the index of the step whose commit it stands on; nil: one on the branch.
    var standsOn: Int?
  }

  /// An edit's outcome is the same as long as the file is.
  struct Applied {
    var input: [UInt8]
    var outcome: KustomizationEdit.Outcome
  }

  private(set) var steps: [Step] = []
  private(set) var applied: [DeploymentID: Applied] = [:]
  /// Edits that fail on their own; the others are not held up by them.
  private(set) var failures: [Int: WriteOutcome] = [:]

  init(
    _ winners: [ForwardDecision.Winner], files: ManifestFiles,
    applied earlier: [DeploymentID: Applied], author: GitIdentity, at time: Timestamp
  ) {
    var changed: [String: (bytes: [UInt8], step: Int)] = [:]
    for winner in winners {
      let edit = winner.candidate.pending.edit
      let ticket = winner.candidate.pending.ticket
      do throws(DeploymentFailure.Cause) {
        guard let found = files[edit.location.path] else {
          throw .init(
            code: .internalError, message: "\(edit.location.path) was not read; this is a defect")
        }
        let file = try found.get()
        let input = changed[file.path]?.bytes ?? file.bytes
        let outcome: KustomizationEdit.Outcome
        if let known = earlier[edit.id], known.input == input {
          outcome = known.outcome
        } else {
          outcome = try Self.apply(edit, to: input, at: file.path)
          applied[edit.id] = Applied(input: input, outcome: outcome)
        }
        var step = Step(winner: winner, path: file.path, warnings: outcome.warnings)
        if outcome.isChanged {
          step.commit = PlannedCommit(
            message: edit.message, author: author, time: time,
            files: [.init(path: file.path, bytes: outcome.bytes, mode: file.mode)])
          changed[file.path] = (outcome.bytes, steps.count)
        } else {
          step.standsOn = changed[file.path]?.step
        }
        steps.append(step)
      } catch {
        failures[ticket] = .failed(.committing(error))
      }
    }
  }

  private static func apply(
    _ edit: ManifestEdit, to bytes: [UInt8], at path: String
  ) throws(DeploymentFailure.Cause) -> KustomizationEdit.Outcome {
    do throws(KustomizationError) {
      return try edit.kustomization.apply(to: bytes)
    } catch {
      throw DeploymentFailure.Cause(code: error.code, message: error.description(at: path))
    }
  }
}
