import DeployModel

/// The wanted members of one payload, found in one pass. What is not essential may be missing, null or
/// of another kind: it counts as absent.
struct PayloadFields {
  /// What is kept is stored and shown, and the body may have 25 MB. Refs and addresses that work
  /// are far below this.
  private static let maximumStringLength = 4096

  private let body: [UInt8]
  private let selection: JSONSelection

  init(_ body: [UInt8], _ shape: JSONShape) throws(WebhookPayloadError) {
    do throws(JSONError) {
      selection = try JSONScanner.scan(body, shape)
    } catch {
      throw .invalid(error)
    }
    guard selection.root.kind == .object else { throw .notAnObject }
    self.body = body
  }

  func isObject(_ field: Int) -> Bool { selection[field].kind == .object }

  func string(_ field: Int) -> String? {
    let token = selection[field]
    guard token.end - token.start <= Self.maximumStringLength else { return nil }
    return token.string(in: body)
  }

  func strings(_ field: Int) -> [String]? { selection.strings(field, in: body) }
  func integer(_ field: Int) -> Int64? { selection.integer(field, in: body) }
  func flag(_ field: Int) -> Bool { selection.boolean(field, in: body) ?? false }

  func commit(_ field: Int, _ name: String) throws(WebhookPayloadError) -> CommitSHA {
    guard let commit = string(field).flatMap({ CommitSHA($0) }) else {
      throw .field(name, expected: "a commit id")
    }
    return commit
  }

  func ref(_ field: Int) throws(WebhookPayloadError) -> String {
    guard let ref = string(field), ref.utf8.starts(with: "refs/".utf8) else {
      throw .field("ref", expected: "a full ref such as refs/heads/main")
    }
    return ref
  }
}
