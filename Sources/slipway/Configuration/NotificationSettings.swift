import DeployModel
import Yams

/// One entry of `notifications:`
struct NotificationSettings: Hashable, Sendable {
  enum Format: String, Hashable, Sendable, CaseIterable { case cloudevents, slack }

  /// Chat systems put their key into the address: it is a secret.
  var url: Secret
  var secret: Secret?
  var format = Format.cloudevents
  /// Nil: all services.
  var services: Set<ServiceName>?
  /// Empty: the states in which deployments end.
  var states: Set<DeploymentState> = []
}

extension NotificationSettings {
  init?(_ section: Section, mentions: inout [ServiceMention]) {
    section.reader.note(.notifications, at: section.position, section.path)
    let url = Self.address(section)
    secret = section.secret("secret")?.value
    format = section.value("format", Form<Format>.oneOf, default: .cloudevents)
    services = section.services("services", mentions: &mentions)
    states = Set(section.list("states", Form<DeploymentState>.oneOf)?.map(\.value) ?? [])
    guard let url else { return nil }
    self.url = url
  }

  private static func address(_ section: Section) -> Secret? {
    guard let entry = section.entry("url") else {
      section.missing("url", "say where to send")
      return nil
    }
    let text: Located<Secret>? =
      if case .scalar = entry.node {
        section.value(of: entry, .line("a URL")).map {
          Located(value: Secret(exposing: $0.value), position: $0.position)
        }
      } else {
        section.secret(of: entry)
      }
    guard let text else { return nil }
    guard WebURL(text.value.exposed, allowingQuery: true) != nil else {
      section.reader.error(
        at: text.position, "`\(entry.path)` must be a URL such as https://hooks.example.com/x")
      return nil
    }
    return text.value
  }
}
