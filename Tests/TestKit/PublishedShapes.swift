package import Foundation

/// What a published API description says of its documents: the part of JSON Schema that such
/// descriptions use. Stricter than they are: a member that is not described is wrong, for a fake has
/// nothing to say that the real one does not.
package struct PublishedShapes: Sendable {
  private let definitions: [String: JSON]

  /// - Parameter file: with `definitions`, as in OpenAPI 2.
  package init(_ file: URL) throws {
    guard case .object(let definitions)? = try JSON(parsing: Data(contentsOf: file))["definitions"]
    else { throw ShellFailure("\(file.path) has no definitions") }
    self.definitions = definitions
  }

  /// Of Argo CD's REST API.
  package static func argoCD() throws -> PublishedShapes {
    try PublishedShapes(Fixtures.packageRoot.appending(path: "Tests/TestKit/argocd-api.json"))
  }

  /// - Returns: one sentence for each place that is not as described.
  package func violations(of value: JSON, as definition: String) -> [String] {
    guard let schema = definitions[definition] else { return ["\(definition) is not published"] }
    guard case .object(var members) = value else {
      return violations(of: value, as: schema, at: definition)
    }
    // Objects of Kubernetes name their own type, which is not repeated in every description.
    for name in ["apiVersion", "kind"] where schema["properties"]?[name] == nil {
      members[name] = nil
    }
    return violations(of: .object(members), as: schema, at: definition)
  }

  private func violations(of value: JSON, as schema: JSON, at place: String) -> [String] {
    let parts = flattened(schema)
    // Go leaves out what is empty, or writes null.
    guard value != .null else { return [] }
    let types = parts.compactMap { $0["type"]?.text }
    guard types.allSatisfy({ Self.is(value, a: $0) }) else {
      return ["\(place) is not \(types.joined(separator: ", ")): \(value.encoded().prefix(80))"]
    }
    switch value {
    case .object(let members):
      return members.flatMap { name, member in
        let described = parts.compactMap { $0["properties"]?[name] ?? $0["additionalProperties"] }
        guard let schema = described.first else {
          let isFree = parts.allSatisfy {
            $0["properties"] == nil && $0["additionalProperties"] == nil
          }
          return isFree ? [] : ["\(place).\(name) is not described"]
        }
        return violations(of: member, as: schema, at: "\(place).\(name)")
      }
    case .array(let items):
      guard let schema = parts.compactMap({ $0["items"] }).first else { return [] }
      return items.enumerated().flatMap {
        violations(of: $1, as: schema, at: "\(place)[\($0)]")
      }
    default: return []
    }
  }

  /// The schema itself and all that it refers to.
  private func flattened(_ schema: JSON) -> [JSON] {
    var parts = [schema]
    if let name = schema["$ref"]?.text?.split(separator: "/").last,
      let target = definitions[String(name)]
    {
      parts += flattened(target)
    }
    for part in schema["allOf"]?.items ?? [] { parts += flattened(part) }
    return parts
  }

  private static func `is`(_ value: JSON, a type: String) -> Bool {
    switch (type, value) {
    case ("string", .string), ("boolean", .bool), ("integer", .integer), ("number", .integer),
      ("number", .number), ("array", .array), ("object", .object):
      true
    default: false
    }
  }
}
