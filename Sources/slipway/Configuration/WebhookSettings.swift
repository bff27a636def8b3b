import Posix

/// `server.webhooks`
struct WebhookSettings: Hashable, Sendable {
  /// Nil: from everywhere.
  var from: Senders?

  struct Senders: Hashable, Sendable {
    var blocks: [AddressBlock] = []
    /// Where `github` stands, which is what GitHub publishes; nil: it does not.
    var github: Position?
  }
}

/// One element of `server.webhooks.from`.
private enum Sender {
  case github
  case block(AddressBlock)
}

extension Form where Value == Sender {
  fileprivate static var sender: Form {
    .text("`github`, or an address or block such as 10.0.0.0/8") { text in
      text == "github" ? .github : AddressBlock(text).map(Sender.block)
    }
  }
}

extension WebhookSettings {
  init(_ section: Section) {
    guard let entry = section.entry("from"),
      let elements = section.list("from", .sender)
    else { return }
    if section.items("from", of: Form<Sender>.sender.what)?.isEmpty == true {
      section.reader.error(
        at: entry.position,
        "`\(entry.path)` names nobody: remove it to take webhooks from everywhere")
    }
    var senders = Senders()
    for element in elements {
      switch element.value {
      case .github: senders.github = element.position
      case .block(let block): senders.blocks.append(block)
      }
    }
    from = senders
  }
}

extension RepositorySettings {
  /// Something says that the remote is GitHub's: of its servers the addresses can be asked.
  var isOnGitHub: Bool {
    if case .githubApp = credentials { return true }
    return github != GitHubSettings() || apiURL == Self.githubAPI
  }
}

extension Configuration {
  /// The APIs of the servers whose webhooks are taken, each once.
  var webhookServers: Set<String> {
    Set(
      repositories.values.filter { !$0.webhookSecrets.isEmpty && $0.isOnGitHub }.map(\.apiURL))
  }
}
