import DeployModel
import Logging
import OpenSSLKit
import Pipeline

/// `Idempotency-Key`: kept 24 h per token and route. The same body replays the answer, another is
/// refused.
///
/// A change, and the note that the key stands for its answer, are not one transaction. So a key
/// without an answer is not given up, whatever became of the process that claimed it: nobody knows
/// whether the change was made, and only who asked for it can look.
struct Idempotency: Sendable {
  let pipeline: Pipeline

  func once(
    _ call: APICall, _ body: (APICall) async throws(Problem) -> APIAnswer
  ) async throws(Problem) -> APIAnswer {
    guard let text = call.idempotencyKey else { return try await body(call) }
    guard !text.isEmpty, text.utf8.count <= 255, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
    else { throw .badRequest("Idempotency-Key must be 1 to 255 visible ASCII characters") }
    let key = RequestKey(token: call.caller.name, route: "\(call.method) \(call.path)", key: text)
    let claim = try await storing { () async throws(StoreError) in
      try await pipeline.parts.store.beginRequest(
        key, bodySHA256: SHA256.hexDigest(of: call.body), at: pipeline.parts.clock.now())
    }
    switch claim {
    case .new: return try await run(call, key, body)
    case .answered(let answer):
      return APIAnswer(
        status: answer.status, location: answer.location, body: Array(answer.body.utf8))
    case .inProgress:
      throw .conflict(
        "a request with this Idempotency-Key is still being worked on, or the server ended before it "
          + "could answer; then it is not known whether it was done: look at the history before you "
          + "send it under another key")
    case .mismatch:
      throw .unprocessable("this Idempotency-Key was used with another body")
    }
  }

  private func run(
    _ call: APICall, _ key: RequestKey,
    _ body: (APICall) async throws(Problem) -> APIAnswer
  ) async throws(Problem) -> APIAnswer {
    let store = pipeline.parts.store
    let answer: APIAnswer
    do {
      answer = try await body(call)
    } catch {
      guard !error.mayBeDone else { throw error }
      // Refused: the same key may be tried again.
      try await storing { () async throws(StoreError) in try await store.abandonRequest(key) }
      throw error
    }
    do {
      try await store.finishRequest(
        key,
        answer: StoredAnswer(
          status: answer.status, location: answer.location,
          body: String(decoding: answer.body, as: UTF8.self)))
    } catch {
      // It is done, and who asked hears so. Under the same key they would hear that nobody knows.
      pipeline.parts.logger.warning(
        "the answer to a change could not be kept under its Idempotency-Key",
        metadata: ["request": "\(call.requestID)", "error": "\(error)"])
    }
    return answer
  }
}
