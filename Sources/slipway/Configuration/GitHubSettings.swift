import DeployModel
import GitHubREST

/// `repositories.*.github`
struct GitHubSettings: Hashable, Sendable {
  /// Nil: the one that belongs to the remote's host.
  var apiURL: WebURL?
  var statuses = false
  var deployments = false
  var requiredContexts: [String] = []
}

extension GitHubSettings {
  init(_ section: Section) {
    apiURL = section.value("apiURL", .webURL)
    statuses = section.value("statuses", .boolean, default: false)
    deployments = section.value("deployments", .boolean, default: false)
    let contexts = section.list("requiredContexts", .line("a status context")) ?? []
    requiredContexts = contexts.map(\.value)
    for (key, isOn) in [("statuses", statuses), ("deployments", deployments)] {
      guard isOn, let entry = section.entry(key) else { continue }
      section.reader.note(.commitStatuses, at: entry.keyPosition, entry.path)
    }
    if !contexts.isEmpty, let entry = section.entry("requiredContexts") {
      section.reader.note(.requiredContexts, at: entry.keyPosition, entry.path)
    }
  }
}

extension RepositorySettings {
  /// Of github.com, or of a GitHub Enterprise Server ("Getting started with the REST API").
  var apiURL: String {
    if let configured = github.apiURL { return configured.text }
    if url.host == "github.com" || url.host == "ssh.github.com" { return "https://api.github.com" }
    let scheme = url.transport == .http ? "http" : "https"
    return "\(scheme)://\(url.webAuthority)/api/v3"
  }
}

extension RemoteURL {
  /// Nil where the address is not `host/owner/name`.
  var slug: RepositorySlug? { RepositoryURL(text).flatMap { RepositorySlug($0) } }
}
