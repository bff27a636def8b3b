import DeployModel

/// One entry of `repositories:`
struct RepositorySettings: Hashable, Sendable {
  struct Author: Hashable, Sendable {
    var name = "slipway"
    var email = "slipway@localhost"
  }

  struct GitHub: Hashable, Sendable {
    var apiURL: WebURL?
    var statuses = false
    var deployments = false
    var requiredContexts: [String] = []
  }

  enum Credentials: Hashable, Sendable {
    case token(Secret)
    /// Paths of files, absolute.
    case ssh(privateKey: String, knownHosts: String?)
  }

  var name: RepositoryName
  var url: RemoteURL
  var branch: BranchName
  /// The newest first; any of them is accepted.
  var webhookSecrets: [Secret]
  var credentials: Credentials?
  var author: Author
  var signing: SigningSettings?
  var github: GitHub
}

/// A repository as read, with the places that later checks point at.
struct ReadRepository {
  var settings: RepositorySettings
  var position: Position
  var urlPosition: Position
  /// They may be listed and unreadable, which has been reported.
  var listsWebhookSecrets: Bool
  var secretPositions: [Located<Secret>]
}

extension ReadRepository {
  private static let advisedSecretLength = 16

  init?(_ section: Section, name: RepositoryName, position: Position) {
    let reader = section.reader
    let url = section.required("url", .remoteURL, "name the remote, such as \(RemoteURL.what)")
    let branch = section.value("branch", .branchName) ?? BranchName("main")
    let items = section.items("webhookSecrets", of: "{file: path} or {env: NAME}") ?? []
    let secrets = items.compactMap(section.secret(of:))
    for secret in secrets where secret.value.exposedBytes.count < Self.advisedSecretLength {
      reader.warning(
        at: secret.position,
        "a webhook secret of `\(section.path)` is shorter than \(Self.advisedSecretLength) "
          + "characters: make one with `openssl rand -hex 32`")
    }
    let credentials = Self.credentials(section, url: url)
    let author = section.section("author") { Self.author($0) } ?? RepositorySettings.Author()
    let github = section.section("github") { Self.github($0) } ?? RepositorySettings.GitHub()
    let signing = section.section("signing") { SigningSettings($0) }
    guard let url, let branch else { return nil }
    settings = RepositorySettings(
      name: name, url: url.value, branch: branch, webhookSecrets: secrets.map(\.value),
      credentials: credentials, author: author, signing: signing, github: github)
    self.position = position
    urlPosition = url.position
    listsWebhookSecrets = !items.isEmpty
    secretPositions = secrets
  }

  private static func credentials(
    _ section: Section, url: Located<RemoteURL>?
  ) -> RepositorySettings.Credentials? {
    guard let entry = section.entry("credentials") else { return nil }
    let reader = section.reader
    return section.section(of: entry) { credentials in
      let kinds = ["token", "ssh", "githubApp"].filter(credentials.has)
      if kinds.count != 1 {
        reader.error(
          at: entry.keyPosition, "`\(entry.path)` must hold one of token, ssh and githubApp")
      }
      let transport = url?.value.transport
      if credentials.has("githubApp") { refuseGitHubApp(credentials) }
      if let token = credentials.secret("token") {
        if let transport, transport == .ssh || transport == .file {
          reader.error(
            at: token.position,
            "`\(entry.path).token` is of no use for a url that is not https: write `ssh`, or an "
              + "https url")
        } else if transport == .http, let host = url?.value.host,
          host != "localhost" && host != "127.0.0.1" && host != "[::1]"
        {
          reader.warning(
            at: token.position, "`\(entry.path).token` travels unencrypted: use an https url")
        }
        return .token(token.value)
      }
      if let ssh = credentials.entry("ssh") {
        if let transport, transport != .ssh {
          reader.error(
            at: ssh.keyPosition,
            "`\(ssh.path)` is of no use for a url that is not ssh: write `token`, or a url such as "
              + "ssh://git@github.com/acme/shop.git")
        }
        return credentials.section(of: ssh) { sshCredentials($0) }
      }
      return nil
    }
  }

  private static func sshCredentials(_ section: Section) -> RepositorySettings.Credentials? {
    let key = section.required("privateKey", .readableFile, "name the private key's file")
    let knownHosts = section.value("knownHosts", .readableFile)
    if !section.has("knownHosts") {
      section.missing("knownHosts", "without it nobody knows who answers; see ssh-keyscan(1)")
    }
    return key.map { .ssh(privateKey: $0.value, knownHosts: knownHosts) }
  }

  private static func refuseGitHubApp(_ section: Section) {
    guard let entry = section.entry("githubApp") else { return }
    section.reader.error(
      at: entry.keyPosition,
      "`\(entry.path)` is not in this version: use `credentials.token`")
    section.within(of: entry) { app in
      let ids = Form<Int>.integer(1...Int.max)
      _ = app.required("appID", ids, "it stands on the App's page")
      _ = app.required("installationID", ids, "it stands in the installation's address")
      _ = app.required("privateKey", .readableFile, "name the App's PEM file")
    }
  }

  private static func author(_ section: Section) -> RepositorySettings.Author {
    let usual = RepositorySettings.Author()
    return RepositorySettings.Author(
      name: section.value("name", .identity("a name"), default: usual.name),
      email: section.value("email", .identity("an e-mail address"), default: usual.email))
  }

  private static func github(_ section: Section) -> RepositorySettings.GitHub {
    var github = RepositorySettings.GitHub()
    github.apiURL = section.value("apiURL", .webURL)
    github.statuses = section.value("statuses", .boolean, default: false)
    github.deployments = section.value("deployments", .boolean, default: false)
    let contexts = section.list("requiredContexts", .line("a status context")) ?? []
    github.requiredContexts = contexts.map(\.value)
    for (key, isOn) in [("statuses", github.statuses), ("deployments", github.deployments)] {
      guard isOn, let entry = section.entry(key) else { continue }
      section.reader.note(.commitStatuses, at: entry.keyPosition, entry.path)
    }
    if !contexts.isEmpty, let entry = section.entry("requiredContexts") {
      section.reader.note(.requiredContexts, at: entry.keyPosition, entry.path)
    }
    return github
  }
}

extension Form where Value == BranchName {
  static var branchName: Form {
    .text("a branch's name") { text throws(FormFault) in
      if text.hasPrefix("refs/heads/"), let branch = BranchName(ref: text) {
        throw FormFault("must be the branch's name alone: write `\(branch.name)`")
      }
      guard let branch = BranchName(text) else {
        throw FormFault("must be a branch's name as git allows it, not `\(text.shown)`")
      }
      return branch
    }
  }
}

extension Form where Value == String {
  /// A name or address as git writes it into a commit, where `<`, `>` and line ends delimit.
  static func identity(_ what: String) -> Form {
    .text(what) { text throws(FormFault) in
      let delimiters = "<>".unicodeScalars
      guard !text.allSatisfy(\.isWhitespace),
        !text.unicodeScalars.contains(where: {
          delimiters.contains($0) || $0.properties.generalCategory == .control
        })
      else { throw FormFault("must be \(what) on one line, without `<` and `>`") }
      return text
    }
  }
}
