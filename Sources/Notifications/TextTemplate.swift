import DeployModel

/// Text with placeholders, as chat systems that take Slack's webhooks show it:
/// `*{service}* {sentence} {url}`. A brace stands for nothing else.
package struct TextTemplate: Hashable, Sendable {
  package enum Placeholder: String, Sendable, CaseIterable {
    case service, deployment, state, sentence, reason, cause, actor, tag, commit, subject, author
    case repository, branch, url, time
  }

  /// What is wrong with a template, in words that continue its key.
  package struct Fault: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
      /// What stands between the braces.
      case unknown(String)
      /// A brace without its other half.
      case unpaired
      case empty
      case tooLong
    }

    package var kind: Kind
  }

  private enum Part: Hashable, Sendable {
    case text(String)
    case placeholder(Placeholder)
  }

  /// Slack cuts what is longer; nothing sensible is.
  package static let longest = 3000
  /// R12: of one value.
  private static let longestValue = 500

  private let parts: [Part]

  /// Where nothing else is configured.
  package static let usual = TextTemplate(parts: [
    .text("*"), .placeholder(.service), .text("* "), .placeholder(.sentence), .text(" ("),
    .placeholder(.deployment), .text(") "), .placeholder(.url),
  ])

  private init(parts: [Part]) { self.parts = parts }

  package init(_ text: String) throws(Fault) {
    guard text.utf8.count <= Self.longest else { throw Fault(kind: .tooLong) }
    var parts: [Part] = []
    var literal = String.UnicodeScalarView()
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "}": throw Fault(kind: .unpaired)
      case "{":
        guard let close = rest.firstIndex(of: "}") else { throw Fault(kind: .unpaired) }
        let name = String(rest[..<close])
        guard let placeholder = Placeholder(rawValue: name) else {
          throw Fault(kind: .unknown(name))
        }
        if !literal.isEmpty { parts.append(.text(String(literal))) }
        literal = String.UnicodeScalarView()
        parts.append(.placeholder(placeholder))
        rest = rest[rest.index(after: close)...]
      default: literal.append(scalar)
      }
    }
    if !literal.isEmpty { parts.append(.text(String(literal))) }
    guard text.contains(where: { !$0.isWhitespace }) else { throw Fault(kind: .empty) }
    self.parts = parts
  }

  /// Values are of one line, and cannot be taken for markup. What a deployment does not have is
  /// nothing.
  func text(for message: NotificationMessage) -> String {
    let text = parts.map { part in
      switch part {
      case .text(let text): text
      case .placeholder(let placeholder): Self.plain(Self.value(of: placeholder, in: message))
      }
    }.joined()
    var scalars = text.unicodeScalars[...]
    while scalars.last == " " || scalars.last == "\n" { scalars.removeLast() }
    return scalars.isEmpty ? message.notification.deployment.description : String(scalars)
  }

  private static func value(of placeholder: Placeholder, in message: NotificationMessage) -> String
  {
    let (step, deployment) = (message.notification.step, message.deployment)
    return switch placeholder {
    case .service: deployment.id.service.name
    case .deployment: deployment.id.description
    case .state: step.state.rawValue
    case .sentence: message.sentence
    case .reason: step.reason
    case .cause: deployment.cause.rawValue
    case .actor: deployment.actor
    case .tag: deployment.image?.tag.name ?? ""
    case .commit: deployment.source?.commit.short() ?? ""
    case .subject: deployment.source?.subject ?? ""
    case .author: deployment.source?.author ?? ""
    case .repository: deployment.source?.repository.name ?? ""
    case .branch: deployment.source?.branch.name ?? ""
    case .url: message.page ?? ""
    case .time: step.at.rfc3339
    }
  }

  /// "Formatting text for app surfaces", Slack: `&`, `<` and `>` are the characters that begin links
  /// and mentions of everybody.
  private static func plain(_ value: String) -> String {
    var plain = String.UnicodeScalarView()
    for scalar in value.unicodeScalars.prefix(longestValue) {
      switch scalar {
      case "&": plain.append(contentsOf: "&amp;".unicodeScalars)
      case "<": plain.append(contentsOf: "&lt;".unicodeScalars)
      case ">": plain.append(contentsOf: "&gt;".unicodeScalars)
      default: plain.append(scalar.properties.generalCategory == .control ? " " : scalar)
      }
    }
    return String(plain)
  }
}
