import FoundationEssentials

/// A JSON value with its numbers as text.
enum JSONValue: Decodable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = Self.decode(Bool.self, from: container) {
      self = .bool(value)
    } else if let value = Self.decode(Double.self, from: container) {
      self = .number(value)
    } else if let value = Self.decode(String.self, from: container) {
      self = .string(value)
    } else if let value = Self.decode([JSONValue].self, from: container) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// Nil if the value is of another kind, which the decoder says by an error alone.
  private static func decode<Value: Decodable>(
    _ type: Value.Type, from container: any SingleValueDecodingContainer
  ) -> Value? {
    do {
      return try container.decode(type)
    } catch {
      return nil
    }
  }
}

/// Reads the members of a request's body and gathers everything that is wrong with them, so that
/// one answer names it all.
struct BodyReader {
  private var members: [String: JSONValue]
  private var errors: [Problem.FieldError] = []
  private var read: Set<String> = []

  /// An empty body is an empty object.
  init(_ body: [UInt8]) throws(Problem) {
    if body.isEmpty {
      members = [:]
      return
    }
    do {
      members = try JSONDecoder().decode([String: JSONValue].self, from: Data(body))
    } catch {
      throw Problem.badRequest("the body is not a JSON object")
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
    case .bool(let value): return value
    default:
      fail(name, "must be true or false")
      return false
    }
  }

  mutating func fail(_ name: String, _ detail: String) {
    errors.append(Problem.FieldError(pointer: "/\(name)", detail: detail))
  }

  /// To be called when everything has been read: refuses unknown members too.
  consuming func finish() throws(Problem) {
    for name in members.keys.sorted() where !read.contains(name) {
      let pointer = name.replacing("~", with: "~0").replacing("/", with: "~1")
      errors.append(
        Problem.FieldError(pointer: "/\(pointer)", detail: "is not a member of this request"))
    }
    guard errors.isEmpty else {
      throw Problem.unprocessable(
        errors.map { "\($0.pointer.dropFirst()) \($0.detail)" }.joined(separator: "; "), errors)
    }
  }

  private mutating func member(_ name: String) -> JSONValue? {
    read.insert(name)
    return members[name]
  }
}
