package import DeployModel

/// A repository that takes webhooks.
package struct ConfiguredRepository: Hashable, Sendable {
  package var name: RepositoryName
  package var url: RepositoryURL
  package var branch: BranchName

  package init(name: RepositoryName, url: RepositoryURL, branch: BranchName) {
    self.name = name
    self.url = url
    self.branch = branch
  }
}

/// The configured repositories, to be found by what a payload calls them.
package struct RepositoryDirectory: Sendable {
  /// Several with the same URL deploy different branches.
  private let byIdentity: [String: [ConfiguredRepository]]
  /// The identities of the addresses that GitHub will use if it spells the repository as the
  /// configuration does: finding one takes a tenth of the time of taking it apart.
  private let identities: [String: String]

  package init(_ repositories: [ConfiguredRepository]) {
    byIdentity = Dictionary(grouping: repositories, by: \.url.identity)
    var identities: [String: String] = [:]
    for repository in repositories {
      for spelling in Self.spellings(of: repository.url.text) {
        identities[spelling] = RepositoryURL.identity(of: spelling)
      }
    }
    self.identities = identities
  }

  /// `clone_url`, `html_url` and `ssh_url` for a repository at `https://host/path`.
  private static func spellings(of url: String) -> [String] {
    guard url.hasPrefix("https://") else { return [] }
    let bare = url.hasSuffix(".git") ? String(url.dropLast(4)) : url
    let rest = bare.dropFirst(8)
    guard let slash = rest.firstIndex(of: "/") else { return [] }
    return [bare, bare + ".git", "git@\(rest[..<slash]):\(rest[slash...].dropFirst()).git"]
  }

  /// R13: those whose URL is the payload's `clone_url`, `ssh_url` or `html_url`.
  package func repositories(named payload: PayloadRepository) -> [ConfiguredRepository] {
    var found: [ConfiguredRepository] = []
    var tried: [String] = []
    for url in [payload.cloneURL, payload.sshURL, payload.htmlURL] {
      guard let url, let identity = identities[url] ?? RepositoryURL.identity(of: url),
        !tried.contains(identity)
      else { continue }
      tried.append(identity)
      found += byIdentity[identity] ?? []
    }
    return found
  }
}

/// What a verified delivery is, before anything is fetched. Every reason is a sentence for people.
package enum WebhookClassification: Hashable, Sendable {
  case pong(hookID: Int64?, warnings: [String])
  /// Authentic, and nothing to do (R4). The repository is nil where the event has none of ours.
  case ignored(repository: RepositoryName?, reason: String)
  case push(PushEvent)
  /// Authentic, but it names a repository that is not configured.
  case unknownRepository(reason: String)
  /// R13: signed with the secret of another repository than it names. 401.
  case foreignSecret(reason: String)

  /// 1. Ping. 2. Other events. 3. The repository: is it ours, and is the secret its own? 4. The
  /// ref: not a branch, another branch, deleted. 5. A push to deploy.
  package static func classify(
    _ delivery: VerifiedDelivery, _ payload: WebhookPayload, in directory: RepositoryDirectory
  ) -> WebhookClassification {
    switch payload {
    case .ping(let ping):
      return .pong(hookID: ping.hookID, warnings: warnings(ping, delivery, directory))
    case .other(let event):
      return .ignored(
        repository: nil, reason: "the event “\(event)” deploys nothing: only push does")
    case .push(let push):
      return classify(delivery, push, directory.repositories(named: push.repository))
    }
  }

  private static func classify(
    _ delivery: VerifiedDelivery, _ push: PushPayload, _ named: [ConfiguredRepository]
  ) -> WebhookClassification {
    let name = push.repository.fullName ?? "that it names"
    guard !named.isEmpty else {
      return .unknownRepository(reason: "the repository \(name) is not configured here")
    }
    let owned = named.filter { delivery.isSigned(by: $0.name) }
    let branch = BranchName(ref: push.ref)
    guard let repository = owned.first(where: { $0.branch == branch }) ?? owned.first else {
      return .foreignSecret(
        reason: "the delivery is signed with a secret that is not one of \(name)'s")
    }
    guard let branch else {
      return .ignored(repository: repository.name, reason: notABranch(push.ref))
    }
    guard branch == repository.branch else {
      return .ignored(
        repository: repository.name,
        reason: "the branch \(branch) deploys nothing: only \(repository.branch) does")
    }
    guard !push.deleted else {
      return .ignored(
        repository: repository.name,
        reason: "the branch \(branch) was deleted: nothing is deployed from it until it is back")
    }
    return .push(
      PushEvent(
        repository: repository.name, branch: branch, before: push.before, after: push.after,
        forced: push.forced, pusher: push.pusher))
  }

  private static func notABranch(_ ref: String) -> String {
    let tag = "refs/tags/".utf8
    guard ref.utf8.starts(with: tag) else { return "\(ref) is not a branch: only branches deploy" }
    let name = String(decoding: ref.utf8.dropFirst(tag.count), as: UTF8.self)
    return "\(name) is a tag: only branches deploy"
  }

  private static func warnings(
    _ ping: PingPayload, _ delivery: VerifiedDelivery, _ directory: RepositoryDirectory
  ) -> [String] {
    var warnings: [String] = []
    if let contentType = ping.contentType, contentType != "json" {
      warnings.append(
        "the webhook's content type is “\(contentType)”: set it to application/json, or its pushes "
          + "are refused")
    }
    if let events = ping.events, !events.contains("push"), !events.contains("*") {
      warnings.append("the webhook does not send push events: add them, or nothing is deployed")
    }
    if let repository = ping.repository {
      let name = repository.fullName ?? "that it names"
      let named = directory.repositories(named: repository)
      if named.isEmpty {
        warnings.append("the repository \(name) is not configured here: its pushes are ignored")
      } else if !named.contains(where: { delivery.isSigned(by: $0.name) }) {
        warnings.append("the secret is not one of \(name)'s: its pushes are refused")
      }
    }
    return warnings
  }
}
