import FoundationEssentials
import Pipeline

/// An answer that says what went wrong: RFC 9457, `application/problem+json`.
package struct Problem: Error, Sendable {
  package struct FieldError: Hashable, Sendable, Encodable {
    /// RFC 6901, into the request's body: `/reason`.
    package var pointer: String
    package var detail: String
  }

  package var status: Int
  package var title: String
  package var detail: String
  package var errors: [FieldError]
  package var headers: [(name: String, value: String)]
  /// R9: the migrations that stand in a rollback's way.
  package var files: [String]
  /// What the log sees, and the caller does not.
  package var cause: String?
  /// The change may have been made, wholly or in part.
  var mayBeDone = false

  package init(
    _ status: Int, _ title: String, _ detail: String, errors: [FieldError] = [],
    headers: [(name: String, value: String)] = [], files: [String] = []
  ) {
    self.status = status
    self.title = title
    self.detail = detail
    self.errors = errors
    self.headers = headers
    self.files = files
  }

  static func badRequest(_ detail: String) -> Problem { Problem(400, "Bad Request", detail) }
  static func notFound(_ detail: String) -> Problem { Problem(404, "Not Found", detail) }
  static func conflict(_ detail: String) -> Problem { Problem(409, "Conflict", detail) }
  static func unprocessable(_ detail: String, _ errors: [FieldError] = []) -> Problem {
    Problem(422, "Unprocessable Content", detail, errors: errors)
  }
  /// RFC 9110 section 15.5.16: with what would have been taken.
  static func unsupportedType(_ detail: String) -> Problem {
    Problem(
      415, "Unsupported Media Type", detail, headers: [("Accept", "application/json")])
  }
  static func unavailable(_ detail: String) -> Problem {
    Problem(503, "Service Unavailable", detail, headers: [("Retry-After", "5")])
  }

  /// 500. What went wrong goes into the log, under the request's id.
  static func defect(_ cause: String) -> Problem {
    var problem = Problem(
      500, "Internal Server Error", "this is a defect; the log has it under this requestId")
    problem.cause = cause
    problem.mayBeDone = true
    return problem
  }

  init(_ refusal: Refusal) {
    switch refusal {
    case .notFound(let text): self = .notFound(text)
    case .conflict(let text, let files):
      self = .conflict(text)
      self.files = files
    case .unprocessable(let text): self = .unprocessable(text)
    case .unavailable(let text): self = .unavailable(text)
    // Without `Retry-After`: whoever asks again has to look first.
    case .storeUnavailable(let text), .unsettled(let text):
      self = Problem(503, "Service Unavailable", text)
      mayBeDone = true
    case .bug(let text): self = .defect(text)
    }
  }

  /// What goes over the wire. `type` is `about:blank`: the status says all that programs need.
  struct Document: Encodable {
    var type = "about:blank"
    var title: String
    var status: Int
    var detail: String
    /// The path that was called; nil if none was understood.
    var instance: String?
    var requestId: String
    var errors: [FieldError]?
    var files: [String]?
  }

  func document(instance: String?, requestID: String) -> Document {
    Document(
      title: title, status: status, detail: detail, instance: instance, requestId: requestID,
      errors: errors.isEmpty ? nil : errors, files: files.isEmpty ? nil : files)
  }
}
