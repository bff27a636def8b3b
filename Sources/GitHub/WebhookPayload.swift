package import DeployModel

/// A repository as payloads name it. Each is nil where the payload has none.
package struct PayloadRepository: Hashable, Sendable {
  package var fullName: String?
  package var cloneURL: String?
  package var sshURL: String?
  package var htmlURL: String?
  package var defaultBranch: String?
}

/// The fields of a push that decide or are shown. Which files changed is asked of git, never of
/// the payload (R3): its lists are capped, and empty for large commits.
package struct PushPayload: Hashable, Sendable {
  /// In full: `refs/heads/main`.
  package var ref: String
  /// Zeros for a created ref.
  package var before: CommitSHA
  /// The head to build; zeros for a deleted ref. For an annotated tag, the tag object.
  package var after: CommitSHA
  package var created: Bool
  package var deleted: Bool
  package var forced: Bool
  package var repository: PayloadRepository
  /// The pusher's name, else the sender's login, else empty.
  package var pusher: String
  package var headCommit: CommitSHA?
}

package struct PingPayload: Hashable, Sendable {
  package var zen: String?
  package var hookID: Int64?
  /// Of the hook: what it sends. Nil if the payload does not say.
  package var events: [String]?
  package var contentType: String?
  /// Nil for the hook of an organisation or an App.
  package var repository: PayloadRepository?
}

package enum WebhookPayload: Hashable, Sendable {
  case push(PushPayload)
  case ping(PingPayload)
  /// Valid JSON, and nothing that Slipway acts on.
  case other(event: String)

  /// R13: only what was signed is parsed.
  package init(_ delivery: VerifiedDelivery) throws(WebhookPayloadError) {
    try self.init(event: delivery.event, body: delivery.body)
  }

  init(event: String, body: [UInt8]) throws(WebhookPayloadError) {
    let reader = try PayloadReader(body)
    switch event {
    case "push": self = .push(try reader.push())
    case "ping": self = .ping(reader.ping())
    default: self = .other(event: event)
    }
  }
}

/// Why a signed body is not what GitHub documents: 400.
package enum WebhookPayloadError: Error, Hashable, Sendable, CustomStringConvertible {
  case invalid(JSONError)
  case notAnObject
  /// Missing, or not of the kind it should be.
  case field(String, expected: String)

  package var description: String {
    switch self {
    case .invalid(let error): error.description
    case .notAnObject: "the body is not a JSON object"
    case .field(let name, let expected): "“\(name)” is missing or is not \(expected)"
    }
  }
}

/// What is wanted of a payload, in one pass. What is not essential may be missing, null or of
/// another kind: it counts as absent.
private struct PayloadReader {
  enum Field: Int, CaseIterable {
    case ref, before, after, created, deleted, forced
    case fullName, cloneURL, sshURL, htmlURL, defaultBranch, repository
    case pusherName, senderLogin, headCommit
    case zen, hookID, hookEvents, hookContentType

    var path: [String] {
      switch self {
      case .ref: ["ref"]
      case .before: ["before"]
      case .after: ["after"]
      case .created: ["created"]
      case .deleted: ["deleted"]
      case .forced: ["forced"]
      case .repository: ["repository"]
      case .fullName: ["repository", "full_name"]
      case .cloneURL: ["repository", "clone_url"]
      case .sshURL: ["repository", "ssh_url"]
      case .htmlURL: ["repository", "html_url"]
      case .defaultBranch: ["repository", "default_branch"]
      case .pusherName: ["pusher", "name"]
      case .senderLogin: ["sender", "login"]
      case .headCommit: ["head_commit", "id"]
      case .zen: ["zen"]
      case .hookID: ["hook_id"]
      case .hookEvents: ["hook", "events"]
      case .hookContentType: ["hook", "config", "content_type"]
      }
    }
  }

  static let shape = JSONShape(Field.allCases.map(\.path))

  /// What is kept is stored and shown, and the body may have 25 MB. Refs and addresses that work
  /// are far below this.
  static let maximumStringLength = 4096

  private let body: [UInt8]
  private let selection: JSONSelection

  init(_ body: [UInt8]) throws(WebhookPayloadError) {
    do throws(JSONError) {
      selection = try JSONScanner.scan(body, Self.shape)
    } catch {
      throw .invalid(error)
    }
    guard selection.root.kind == .object else { throw .notAnObject }
    self.body = body
  }

  func push() throws(WebhookPayloadError) -> PushPayload {
    guard let ref = string(.ref), ref.utf8.starts(with: "refs/".utf8) else {
      throw .field("ref", expected: "a full ref such as refs/heads/main")
    }
    guard selection[Field.repository.rawValue].kind == .object else {
      throw .field("repository", expected: "an object")
    }
    let after = try commit(.after, "after")
    return PushPayload(
      ref: ref, before: try commit(.before, "before"), after: after,
      created: flag(.created), deleted: flag(.deleted) || after.isZero, forced: flag(.forced),
      repository: repository(), pusher: string(.pusherName) ?? string(.senderLogin) ?? "",
      headCommit: string(.headCommit).flatMap { CommitSHA($0) })
  }

  func ping() -> PingPayload {
    PingPayload(
      zen: string(.zen), hookID: selection.integer(Field.hookID.rawValue, in: body),
      events: selection.strings(Field.hookEvents.rawValue, in: body),
      contentType: string(.hookContentType),
      repository: selection[Field.repository.rawValue].kind == .object ? repository() : nil)
  }

  private func repository() -> PayloadRepository {
    PayloadRepository(
      fullName: string(.fullName), cloneURL: string(.cloneURL), sshURL: string(.sshURL),
      htmlURL: string(.htmlURL), defaultBranch: string(.defaultBranch))
  }

  private func commit(
    _ field: Field, _ name: String
  ) throws(WebhookPayloadError) -> CommitSHA {
    guard let commit = string(field).flatMap({ CommitSHA($0) }) else {
      throw .field(name, expected: "a commit id")
    }
    return commit
  }

  private func flag(_ field: Field) -> Bool {
    selection.boolean(field.rawValue, in: body) ?? false
  }

  private func string(_ field: Field) -> String? {
    let token = selection[field.rawValue]
    guard token.end - token.start <= Self.maximumStringLength else { return nil }
    return token.string(in: body)
  }
}
