import DeployModel
import Posix

/// What kubectl's failure means. It prints the API's own reason in parentheses, `(NotFound)`, which is one
/// of a fixed set (`metav1.StatusReason`); what has none is a matter of the connection or the credentials.
/// Of what `rollout undo` could not patch it keeps the message alone.
struct KubectlFailure {
  private let text: String

  private static let longest = 500

  init(_ result: ChildResult) {
    let lines = result.errorText.split(separator: "\n").filter { !$0.isEmpty }
    // What stands before it are warnings.
    text = String((lines.last ?? "kubectl ended without a word").prefix(Self.longest))
  }

  private static let kinds: [(sign: String, kind: RolloutError.Kind)] = [
    ("(NotFound)", .missing), ("(Forbidden)", .missing), (" is forbidden: ", .missing),
    ("(Unauthorized)", .missing),
    ("You must be logged in", .missing), ("context was not found", .missing),
    ("no configuration has been provided", .missing), ("error loading config file", .missing),
    ("(Conflict)", .busy), ("(BadRequest)", .refused), ("(Invalid)", .refused),
    ("(MethodNotAllowed)", .refused), ("no rollout history found", .refused),
    ("unable to find specified revision", .refused), ("cannot rollback a paused", .refused),
  ]

  var error: RolloutError {
    let kind = Self.kinds.first { text.contains($0.sign) }?.kind ?? .unavailable
    return RolloutError(kind, "Kubernetes: \(text)\(advice)")
  }

  private var advice: String {
    if text.contains("(Forbidden)") || text.contains(" is forbidden: ") {
      return
        "; give the account of `kubernetes.kubeconfig` the rights that docs/operations.md lists"
    }
    if text.contains("(Unauthorized)") || text.contains("You must be logged in") {
      return "; check the credentials in `kubernetes.kubeconfig`"
    }
    return ""
  }
}
