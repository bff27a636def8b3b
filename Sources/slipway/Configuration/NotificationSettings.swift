import DeployModel
import Notifications
import Yams

/// One entry of `notifications:`
struct NotificationSettings: Hashable, Sendable {
  enum Format: String, Hashable, Sendable, CaseIterable { case cloudevents, slack }

  /// By which it is known in the store, in metrics and to people; default: the address's host.
  var name: TargetName
  /// Chat systems put their key into the address: it is a secret.
  var url: Secret
  var secret: Secret?
  var format = Format.cloudevents
  /// Of `format: slack`.
  var text = TextTemplate.usual
  /// Nil: all services.
  var services: Set<ServiceName>?
  /// Where none are named: those in which deployments end.
  var states = NotificationFilter.ends
}

extension NotificationSettings {
  init?(_ section: Section, mentions: inout [ServiceMention]) {
    let address = Self.address(section)
    secret = section.secret("secret")?.value
    format = section.value("format", Form<Format>.oneOf, default: .cloudevents)
    if let template = section.located("text", .template) {
      text = template.value
      if format != .slack {
        section.reader.error(
          at: template.position,
          "`\(section.path).text` is for `format: slack`; CloudEvents have no text")
      }
    }
    services = section.services("services", mentions: &mentions)
    if let named = section.list("states", Form<DeploymentState>.oneOf) {
      states = Set(named.map(\.value))
      if section.items("states", of: "a state")?.isEmpty == true {
        section.reader.error(
          at: section.position, "`\(section.path).states` is empty: name a state, or leave it out")
      }
    }
    let name = section.value("name", .targetName)
    guard let address else { return nil }
    if format == .cloudevents, secret == nil {
      section.reader.warning(
        at: section.position,
        "`\(section.path)` has no secret, so its receiver cannot tell who sends")
    }
    guard let name = name ?? TargetName(address.host) else {
      section.missing("name", "give the target a name; its host is none")
      return nil
    }
    self.name = name
    url = address.secret
  }

  private static func address(_ section: Section) -> (secret: Secret, host: String)? {
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
    guard let url = WebURL(text.value.exposed, allowingQuery: true) else {
      section.reader.error(
        at: text.position, "`\(entry.path)` must be a URL such as https://hooks.example.com/x")
      return nil
    }
    return (text.value, url.host)
  }
}

extension [NotificationSettings] {
  /// The entries of the list, each under a name of its own.
  init(_ root: Section, mentions: inout [ServiceMention]) {
    self = []
    var positions: [TargetName: Position] = [:]
    for item in root.items("notifications", of: "a mapping with url") ?? [] {
      let settings = root.section(of: item) { NotificationSettings($0, mentions: &mentions) }
      guard let settings else { continue }
      if let first = positions[settings.name] {
        root.reader.error(
          at: item.position,
          "`\(item.path)` has the name `\(settings.name)` of the one on line \(first.line): give "
            + "each a `name`, by which it is known")
      }
      positions[settings.name] = item.position
      append(settings)
    }
  }
}

extension Form where Value == TargetName {
  static var targetName: Form {
    .text("a name of letters, digits, `-`, `_` and `.`, at most 63") { TargetName($0) }
  }
}

extension Form where Value == TextTemplate {
  static var template: Form {
    .text("a text such as '*{service}* {sentence} {url}'") { text throws(FormFault) in
      do throws(TextTemplate.Fault) {
        return try TextTemplate(text)
      } catch {
        throw FormFault(error.sentence)
      }
    }
  }
}

extension TextTemplate.Fault {
  var sentence: String {
    switch kind {
    case .empty: "is blank: write a text such as '*{service}* {sentence} {url}'"
    case .tooLong: "is longer than \(TextTemplate.longest) bytes: shorten it"
    case .unpaired:
      "has a brace without its other half: braces stand around placeholders, such as {service}, alone"
    case .unknown(let name):
      "names `{\(name.shown)}`, which is not one of "
        + TextTemplate.Placeholder.allCases.map { "{\($0.rawValue)}" }.joined(separator: " ")
        + (nearestName(to: name, among: TextTemplate.Placeholder.allCases.map(\.rawValue))
          .map { "; did you mean `{\($0)}`?" } ?? "")
    }
  }
}
