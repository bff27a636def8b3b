import DeployModel
import Logging
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

/// The same for a change.
///
/// R13: audited where it was made, and where a part of it was, or may have been.
func changing<Value>(
  _ call: APICall, _ action: String, subject: String, reason: String, in pipeline: Pipeline,
  _ body: () async throws(Refusal) -> Value
) async throws(Problem) -> Value {
  do {
    let value = try await body()
    await pipeline.audit(call, action, subject: subject, reason: reason)
    return value
  } catch {
    if case .unsettled(let why) = error {
      let all = reason.isEmpty ? why : "\(reason) (\(why))"
      await pipeline.audit(call, action, subject: subject, reason: all)
    }
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
    case .bug(let text): self = .defect(text)
    }
  }
}

extension Pipeline {
  /// R13: who, what, why. The change has been made: an entry that cannot be stored goes into the
  /// log, and the answer says what is true.
  func audit(
    _ call: APICall, _ action: String, subject: String, reason: String
  ) async {
    do {
      try await parts.store.audit(
        AuditEntry(
          at: parts.clock.now(), actor: call.caller.name, action: action, subject: subject,
          reason: reason, requestID: call.requestID))
    } catch {
      parts.logger.critical(
        "an audit entry could not be stored",
        metadata: [
          "actor": "\(call.caller.name)", "action": "\(action)", "subject": "\(subject)",
          "reason": "\(reason)", "request": "\(call.requestID)", "error": "\(error)",
        ])
    }
  }
}
