import DeployModel

/// What GitLab sends ("Webhook events"): a push as GitHub's, and the repository under `project`.
struct GitLabPayload {
  private enum Field: Int, CaseIterable {
    case kind, ref, before, after, username, userName
    case project, path, httpURL, sshURL, webURL

    var path: [String] {
      switch self {
      case .kind: ["object_kind"]
      case .ref: ["ref"]
      case .before: ["before"]
      case .after: ["after"]
      case .username: ["user_username"]
      case .userName: ["user_name"]
      case .project: ["project"]
      case .path: ["project", "path_with_namespace"]
      case .httpURL: ["project", "git_http_url"]
      case .sshURL: ["project", "git_ssh_url"]
      case .webURL: ["project", "web_url"]
      }
    }
  }

  private static let shape = JSONShape(Field.allCases.map(\.path))

  private let fields: PayloadFields

  init(_ body: [UInt8]) throws(WebhookPayloadError) {
    fields = try PayloadFields(body, Self.shape)
  }

  private func string(_ field: Field) -> String? { fields.string(field.rawValue) }

  func push() throws(WebhookPayloadError) -> PushPayload {
    guard string(.kind) == "push" else { throw .field("object_kind", expected: "“push”") }
    let ref = try fields.ref(Field.ref.rawValue)
    guard fields.isObject(Field.project.rawValue) else {
      throw .field("project", expected: "an object")
    }
    let before = try fields.commit(Field.before.rawValue, "before")
    let after = try fields.commit(Field.after.rawValue, "after")
    return PushPayload(
      ref: ref, before: before, after: after, deleted: after.isZero,
      // GitLab does not say.
      forced: false,
      repository: PayloadRepository(
        fullName: string(.path), cloneURL: string(.httpURL), sshURL: string(.sshURL),
        htmlURL: string(.webURL)),
      pusher: string(.username) ?? string(.userName) ?? "")
  }
}
