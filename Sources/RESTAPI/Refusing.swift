import DeployModel
import Pipeline

/// What the pipeline refuses, as a problem.
func refusing<Value>(
  _ body: () async throws(Refusal) -> Value
) async throws(Problem) -> Value {
  do {
    return try await body()
  } catch {
    throw Problem(error)
  }
}

/// What the store cannot do, as a problem.
func storing<Value>(
  _ body: () async throws(StoreError) -> Value
) async throws(Problem) -> Value {
  do {
    return try await body()
  } catch {
    throw Problem(error)
  }
}

extension Problem {
  init(_ error: StoreError) {
    switch error {
    case .unavailable: self = .unavailable(error.description)
    case .conflict(let text): self = .conflict(text)
    case .bug: self = Problem(500, "Internal Server Error", "this is a defect; see the log")
    }
  }
}

extension Pipeline {
  /// R13: who, what, why.
  func audit(
    _ call: APICall, _ action: String, subject: String, reason: String
  ) async throws(Problem) {
    try await storing { () async throws(StoreError) in
      try await parts.store.audit(
        AuditEntry(
          at: parts.clock.now(), actor: call.caller.name, action: action, subject: subject,
          reason: reason, requestID: call.requestID))
    }
  }
}
