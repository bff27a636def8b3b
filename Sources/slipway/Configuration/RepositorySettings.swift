import DeployModel

/// One entry of `repositories:`
struct RepositorySettings: Hashable, Sendable {
  struct Author: Hashable, Sendable {
    var name = "slipway"
    var email = "slipway@localhost"
  }

  enum Credentials: Hashable, Sendable {
    case token(Secret)
    /// Paths of files, absolute.
    case ssh(privateKey: String, knownHosts: String?)
    case githubApp(GitHubAppSettings)
  }

  var name: RepositoryName
  var url: RemoteURL
  var branch: BranchName
  /// The newest first; any of them is accepted.
  var webhookSecrets: [Secret]
  var credentials: Credentials?
  var author: Author
  var signing: SigningSettings?
  var github: GitHubSettings
}

/// A repository as read, with the places that later checks point at.
struct ReadRepository {
  var settings: RepositorySettings
  var position: Position
  var urlPosition: Position
  /// They may be listed and unreadable, which has been reported.
  var listsWebhookSecrets: Bool
  var secretPositions: [Located<Secret>]
  var requiredContexts: [Located<String>]
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
    let github = section.section("github") { ReadGitHub($0) } ?? ReadGitHub()
    let signing = section.section("signing") { SigningSettings($0) }
    guard let url, let branch else { return nil }
    github.check(credentials, url: url.value, at: section.entry("github"), reader)
    settings = RepositorySettings(
      name: name, url: url.value, branch: branch, webhookSecrets: secrets.map(\.value),
      credentials: credentials, author: author, signing: signing, github: github.settings)
    self.position = position
    urlPosition = url.position
    listsWebhookSecrets = !items.isEmpty
    secretPositions = secrets
    requiredContexts = github.requiredContexts
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
      if let token = credentials.secret("token") {
        checkTravel(of: "\(entry.path).token", at: token.position, to: url, reader)
        return .token(token.value)
      }
      if let app = credentials.entry("githubApp") {
        checkTravel(of: app.path, at: app.keyPosition, to: url, reader)
        if let url, url.value.transport != .file, url.value.slug == nil {
          reader.error(
            at: app.keyPosition,
            "`\(app.path)` needs a url that names owner and repository, such as "
              + "https://github.com/acme/shop.git")
        }
        return credentials.section(of: app) { GitHubAppSettings($0).map { .githubApp($0) } }
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

  /// Tokens go over HTTPS, and nowhere else.
  private static func checkTravel(
    of path: String, at position: Position, to url: Located<RemoteURL>?,
    _ reader: ConfigurationReader
  ) {
    guard let url = url?.value else { return }
    if url.transport == .ssh || url.transport == .file {
      reader.error(
        at: position,
        "`\(path)` is of no use for a url that is not https: write `ssh`, or an https url")
    } else if url.transport == .http, !url.isLoopback {
      reader.warning(at: position, "`\(path)` travels unencrypted: use an https url")
    }
  }

  private static func author(_ section: Section) -> RepositorySettings.Author {
    let usual = RepositorySettings.Author()
    return RepositorySettings.Author(
      name: section.value("name", .identity("a name"), default: usual.name),
      email: section.value("email", .identity("an e-mail address"), default: usual.email))
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
