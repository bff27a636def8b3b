import DeployModel
import GitHubREST

/// `repositories.*.github`
struct GitHubSettings: Hashable, Sendable {
  /// Nil: the one that belongs to the remote's host.
  var apiURL: WebURL?
  /// For the API alone, where git's own credentials are a key, or others; nil: git's own.
  var token: Secret?
  var statuses = false
  var deployments = false
  /// `slipway/backend`.
  var requiredContexts: [String] = []
}

/// The settings as read, with the places that later checks point at.
struct ReadGitHub {
  var settings = GitHubSettings()
  var requiredContexts: [Located<String>] = []
}

extension ReadGitHub {
  init(_ section: Section) {
    settings.apiURL = section.value("apiURL", .webURL)
    settings.token = section.secret("token")?.value
    settings.statuses = section.value("statuses", .boolean, default: false)
    settings.deployments = section.value("deployments", .boolean, default: false)
    requiredContexts = section.list("requiredContexts", .line("a status context")) ?? []
    settings.requiredContexts = requiredContexts.map(\.value)
    if let first = requiredContexts.first, !settings.statuses {
      section.reader.error(
        at: first.position,
        "`\(section.path).requiredContexts` needs `statuses: true`: without it nobody says them "
          + "where a service is deployed")
    }
  }

  /// Whether calls of the API can be made at all.
  func check(
    _ credentials: RepositorySettings.Credentials?, url: RemoteURL, at entry: Section.Entry?,
    _ reader: ConfigurationReader
  ) {
    guard let entry, settings.statuses || settings.deployments else { return }
    if url.transport == .file && settings.apiURL == nil || url.slug == nil {
      reader.error(
        at: entry.keyPosition,
        "`\(entry.path)` needs a url that names host, owner and repository, such as "
          + "https://github.com/acme/shop.git")
    }
    switch credentials {
    case .token, .githubApp: return
    case .ssh, nil:
      guard settings.token == nil else { return }
      reader.error(
        at: entry.keyPosition,
        "`\(entry.path)` needs a token for GitHub's API: add `\(entry.path).token`, or "
          + "`credentials` with a token or a GitHub App")
    }
  }
}

extension RepositorySettings {
  static let githubAPI = "https://api.github.com"

  /// Of github.com, or of a GitHub Enterprise Server ("Getting started with the REST API").
  var apiURL: String {
    if let configured = github.apiURL { return configured.text }
    if url.host == "github.com" || url.host == "ssh.github.com" { return Self.githubAPI }
    let scheme = url.transport == .http ? "http" : "https"
    return "\(scheme)://\(url.webAuthority)/api/v3"
  }

  /// Nil where there is none, or where an App's takes its place.
  var restToken: Secret? {
    if let token = github.token { return token }
    if case .token(let token) = credentials { return token }
    return nil
  }
}

extension RemoteURL {
  /// Nil where the address is not `host/owner/name`.
  var slug: RepositorySlug? { RepositoryURL(text).flatMap { RepositorySlug($0) } }
}
