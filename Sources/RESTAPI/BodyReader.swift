import GitHub

/// Reads the members of a request's body and gathers everything that is wrong with them, so that
/// one answer names it all.
struct BodyReader {
  /// R12: an answer that repeats whatever is wrong would be many times as large as the body.
  private static let namedErrors = 20
  private static let namedLength = 100

  private var members: [String: JSONMembers.Value]
  private var errors: [Problem.FieldError] = []
  /// How many there were besides.
  private var unnamed = 0
  private var read: Set<String> = []

  /// An empty body is an empty object.
  init(_ body: [UInt8]) throws(Problem) {
    if body.isEmpty {
      members = [:]
      return
    }
    do throws(JSONMembers.Refusal) {
      members = try JSONMembers.read(body)
    } catch {
      switch error {
      case .invalid(let error): throw .badRequest("the body is not a JSON object: \(error)")
      case .nested(let name):
        members = [:]
        fail(name, "must be no array and no object")
        throw refusal
      }
    }
  }

  /// - Parameter limit: in Unicode code points, as the contract's `maxLength` counts them.
  mutating func string(_ name: String, atMost limit: Int = 1000) -> String? {
    switch member(name) {
    case nil, .null: return nil
    case .string(let text):
      if text.unicodeScalars.count > limit { fail(name, "is longer than \(limit) characters") }
      if text.utf8.contains(where: { $0 < 0x20 && $0 != 0x0a && $0 != 0x09 || $0 == 0x7f }) {
        fail(name, "holds a control character")
      }
      return text
    default:
      fail(name, "must be a string")
      return nil
    }
  }

  mutating func requiredString(_ name: String) -> String {
    guard let text = string(name), !text.isEmpty else {
      if !errors.contains(where: { $0.pointer == "/\(name)" }) {
        fail(name, "is required and must not be empty")
      }
      return ""
    }
    return text
  }

  /// Why something is changed, which has to be said unless nothing is.
  mutating func reason(unless isDryRun: Bool) -> String {
    isDryRun ? string("reason") ?? "" : requiredString("reason")
  }

  mutating func bool(_ name: String) -> Bool {
    switch member(name) {
    case nil, .null: return false
    case .boolean(let value): return value
    default:
      fail(name, "must be true or false")
      return false
    }
  }

  mutating func fail(_ name: String, _ detail: String) {
    guard errors.count < Self.namedErrors else {
      unnamed += 1
      return
    }
    let pointer = name.shortened(to: Self.namedLength).replacing("~", with: "~0").replacing(
      "/", with: "~1")
    errors.append(Problem.FieldError(pointer: "/\(pointer)", detail: detail))
  }

  /// To be called when everything has been read: refuses unknown members too.
  consuming func finish() throws(Problem) {
    for name in members.keys.sorted() where !read.contains(name) {
      fail(name, "is not a member of this request")
    }
    if !errors.isEmpty { throw refusal }
  }

  private var refusal: Problem {
    let named = errors.map { "\($0.pointer.dropFirst()) \($0.detail)" }
    let rest = unnamed > 0 ? ["and \(unnamed) more"] : []
    return .unprocessable((named + rest).joined(separator: "; "), errors)
  }

  private mutating func member(_ name: String) -> JSONMembers.Value? {
    read.insert(name)
    return members[name]
  }
}
