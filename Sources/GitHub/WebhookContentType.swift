/// How the body of a delivery is encoded, by its `Content-Type`.
package enum WebhookContentType: Hashable, Sendable {
  case json
  /// The preset of hooks that are made in GitHub's web interface.
  case form
  case other

  package init(header: String?) {
    if header == "application/json" {
      self = .json
      return
    }
    let essence = (header ?? "").prefix { $0 != ";" }
    switch essence.lowercased().filter({ $0 != " " && $0 != "\t" }) {
    case "application/json": self = .json
    case "application/x-www-form-urlencoded": self = .form
    default: self = .other
    }
  }

  /// What an answer of 415 says; nil for JSON.
  package var refusal: String? {
    switch self {
    case .json: nil
    case .form:
      "the webhook sends form-encoded bodies: in GitHub, open the repository's Settings, Webhooks, "
        + "this webhook, set “Content type” to application/json, and redeliver"
    case .other:
      "webhook bodies must have the Content-Type application/json"
    }
  }
}
