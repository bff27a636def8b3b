package import DeployModel

/// A repository as payloads name it. Each is nil where the payload has none.
package struct PayloadRepository: Hashable, Sendable {
  package var fullName: String?
  package var cloneURL: String?
  package var sshURL: String?
  package var htmlURL: String?
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
  package var deleted: Bool
  package var forced: Bool
  package var repository: PayloadRepository
  /// The pusher's name, else the sender's login, else empty.
  package var pusher: String
}

package struct PingPayload: Hashable, Sendable {
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
    try self.init(event: delivery.event, body: delivery.body, of: delivery.forge)
  }

  init(
    event: String, body: [UInt8], of forge: Forge = .github
  ) throws(WebhookPayloadError) {
    if forge == .gitlab {
      let payload = try GitLabPayload(body)
      self = event == "push" ? .push(try payload.push()) : .other(event: event)
      return
    }
    let reader = try PayloadReader(body)
    switch event {
    case "push": self = .push(try reader.push())
    case "ping": self = .ping(reader.ping())
    default: self = .other(event: event)
    }
  }
}

/// Why a signed body is not what its forge documents: 400.
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

/// What is wanted of GitHub's payloads.
private struct PayloadReader {
  enum Field: Int, CaseIterable {
    case ref, before, after, deleted, forced
    case fullName, cloneURL, sshURL, htmlURL, repository
    case pusherName, senderLogin
    case hookID, hookEvents, hookContentType

    var path: [String] {
      switch self {
      case .ref: ["ref"]
      case .before: ["before"]
      case .after: ["after"]
      case .deleted: ["deleted"]
      case .forced: ["forced"]
      case .repository: ["repository"]
      case .fullName: ["repository", "full_name"]
      case .cloneURL: ["repository", "clone_url"]
      case .sshURL: ["repository", "ssh_url"]
      case .htmlURL: ["repository", "html_url"]
      case .pusherName: ["pusher", "name"]
      case .senderLogin: ["sender", "login"]
      case .hookID: ["hook_id"]
      case .hookEvents: ["hook", "events"]
      case .hookContentType: ["hook", "config", "content_type"]
      }
    }
  }

  static let shape = JSONShape(Field.allCases.map(\.path))

  private let fields: PayloadFields

  init(_ body: [UInt8]) throws(WebhookPayloadError) {
    fields = try PayloadFields(body, Self.shape)
  }

  func push() throws(WebhookPayloadError) -> PushPayload {
    let ref = try fields.ref(Field.ref.rawValue)
    guard fields.isObject(Field.repository.rawValue) else {
      throw .field("repository", expected: "an object")
    }
    let after = try fields.commit(Field.after.rawValue, "after")
    return PushPayload(
      ref: ref, before: try fields.commit(Field.before.rawValue, "before"), after: after,
      deleted: flag(.deleted) || after.isZero, forced: flag(.forced),
      repository: repository(),
      // Gitea's pusher is an account like the sender, without a `name`.
      pusher: string(.pusherName) ?? string(.senderLogin) ?? "")
  }

  func ping() -> PingPayload {
    PingPayload(
      hookID: fields.integer(Field.hookID.rawValue),
      events: fields.strings(Field.hookEvents.rawValue), contentType: string(.hookContentType),
      repository: fields.isObject(Field.repository.rawValue) ? repository() : nil)
  }

  private func repository() -> PayloadRepository {
    PayloadRepository(
      fullName: string(.fullName), cloneURL: string(.cloneURL), sshURL: string(.sshURL),
      htmlURL: string(.htmlURL))
  }

  private func flag(_ field: Field) -> Bool { fields.flag(field.rawValue) }
  private func string(_ field: Field) -> String? { fields.string(field.rawValue) }
}
