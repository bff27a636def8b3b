import DeployModel

/// A commented `slipway.yaml` for what was found.
struct ConfigurationDraft {
  private(set) var text = ""
  private(set) var doubts: [Doubt] = []
  private let services: [ServiceProposal]
  private let repository: RepositoryDraft

  init(_ services: [ServiceProposal], _ repository: RepositoryDraft) {
    self.services = services
    self.repository = repository
    writeServer()
    writeRegistries()
    writeArgoCD()
    writeRepository()
    writeServices()
  }

  private mutating func write(_ lines: String...) {
    for line in lines { text += "\(line)\n" }
  }

  private mutating func writeServer() {
    write(
      "# Slipway's configuration for \(YAMLText.comment(repository.name)), drafted by `slipway init`.",
      "# slipway.example.yaml has every key; `slipway check` says everything that is wrong here.",
      "# Secrets never stand in this file: put each into the file that is named, mode 0600.", "",
      "server:", "  listen: 127.0.0.1:8080",
      "  # publicURL: https://slipway.example.com", "", "state:",
      "  directory: /var/lib/slipway", "", "auth:",
      "  tokens: # for people and programs that use the API: openssl rand -hex 32",
      "    - { name: ops, role: admin, token: { file: secrets/ops.token } }", "")
  }

  private mutating func writeRegistries() {
    let hosts = Set(services.compactMap { ImageRepository($0.image)?.registry }).sorted()
    guard !hosts.isEmpty else { return }
    write("registries:")
    for host in hosts {
      if host.hasPrefix("localhost") || host.hasPrefix("127.0.0.1") {
        write("  \(YAMLText.scalar(host)): { insecure: true } # plain HTTP")
      } else {
        let advice =
          host == "ghcr.io"
          ? " # a classic token with write:packages; GHCR takes no fine-grained ones" : ""
        write(
          "  \(YAMLText.scalar(host)): { username: slipway, password: { file: secrets/\(Self.file(host)).token } }\(advice)"
        )
      }
    }
    write("")
  }

  private mutating func writeArgoCD() {
    guard services.contains(where: { $0.application != nil }) else { return }
    write(
      "# With this, and `argocd` at the services, deployments are followed until their pods run.",
      "# argocd:", "#   url: https://argocd.example.com",
      "#   token: { file: secrets/argocd.token }", "")
  }

  private mutating func writeRepository() {
    write(
      "repositories:", "  \(YAMLText.scalar(repository.name)):",
      "    url: \(YAMLText.scalar(repository.url))\(repository.note.map { " # \($0)" } ?? "")",
      "    branch: \(YAMLText.scalar(repository.branch))",
      "    webhookSecrets: # the same text in the webhook's settings: openssl rand -hex 32",
      "      - { file: secrets/webhook.secret }")
    switch repository.transport {
    case .https, .http:
      write(
        "    credentials: { token: { file: secrets/git.token } } # may read and push contents")
    case .ssh:
      write(
        "    credentials: { ssh: { privateKey: secrets/id_ed25519, knownHosts: secrets/known_hosts } }"
      )
    case .file: break
    }
    write("    author: { name: slipway, email: slipway@example.com } # of manifest commits", "")
  }

  private mutating func writeServices() {
    write("services:")
    for (index, service) in services.enumerated() {
      if index > 0 { write("") }
      write(service)
    }
  }

  private mutating func write(_ service: ServiceProposal) {
    let origin = service.workflow.map { "from \($0)" } ?? "from \(service.dockerfile)"
    write("  \(YAMLText.scalar(service.name)): # \(YAMLText.comment(origin))")
    for guess in service.guesses { write("    # guessed: \(YAMLText.comment(guess))") }
    write("    repository: \(YAMLText.scalar(repository.name))")
    if service.pathsIgnore.isEmpty {
      write("    paths: \(YAMLText.list(service.paths))")
    } else {
      write("    pathsIgnore: \(YAMLText.list(service.pathsIgnore))")
    }
    writeBuild(service)
    write("    image: \(YAMLText.scalar(service.image))")
    var manifest = ["path: \(YAMLText.scalar(YAMLText.path(service.manifest)))"]
    if let name = service.imageName { manifest.append("imageName: \(YAMLText.scalar(name))") }
    write("    manifest: { \(manifest.joined(separator: ", ")) }")
    if !service.migrations.isEmpty {
      let patterns = service.migrations.map { "\($0)/**" }
      write("    migrations: \(YAMLText.list(patterns)) # a rollback across these asks first")
    }
    if let application = service.application {
      var parts = ["application: \(YAMLText.scalar(application.name))"]
      if let project = application.project { parts.append("project: \(YAMLText.scalar(project))") }
      if let namespace = application.namespace {
        parts.append("appNamespace: \(YAMLText.scalar(namespace))")
      }
      write("    # argocd: { \(parts.joined(separator: ", ")) }")
    }
  }

  private mutating func writeBuild(_ service: ServiceProposal) {
    var parts = ["context: \(YAMLText.scalar(YAMLText.path(service.context)))"]
    let usual = service.context.isEmpty ? "Dockerfile" : "\(service.context)/Dockerfile"
    if service.dockerfile != usual {
      parts.append("dockerfile: \(YAMLText.scalar(service.dockerfile))")
    }
    if let target = service.build.target, !target.contains(WorkflowValues.unknown) {
      parts.append("target: \(YAMLText.scalar(target))")
    }
    if !service.build.platforms.isEmpty {
      parts.append("platforms: \(YAMLText.list(service.build.platforms))")
    }
    let arguments = service.build.arguments.sorted { $0.key < $1.key }
    if !arguments.isEmpty {
      let list = arguments.map { "\($0.key): \(YAMLText.quoted($0.value))" }
      parts.append("args: { \(list.joined(separator: ", ")) }")
    }
    write("    build: { \(parts.joined(separator: ", ")) }")
  }

  private static func file(_ host: String) -> String {
    Proposals.key(host.replacing(":", with: "-"))
  }
}

/// The repository as the draft names it.
struct RepositoryDraft {
  var name: String
  var url: String
  var branch: String
  var transport: RemoteURL.Transport
  /// A comment beside the address.
  var note: String?
  var doubts: [Doubt]

  init(_ survey: Survey, directory: String) {
    branch = survey.branch.name
    doubts = [survey.branch.doubt].compactMap(\.self)
    let candidates =
      [survey.origin.url].compactMap(\.self)
      + survey.applications.compactMap(\.repository)
    for candidate in candidates {
      guard let remote = Self.remote(candidate) else { continue }
      (url, transport) = (remote.url, remote.transport)
      note = remote.note
      name = Proposals.key(Self.lastComponent(of: remote.url))
      return
    }
    name = Proposals.key(PathText.name(of: directory))
    url = "https://github.com/OWNER/\(name).git"
    transport = .https
    note = "not known: write the remote's address"
    doubts.append(
      Doubt("", "the repository's address: neither .git nor an Argo CD Application says it"))
  }

  /// Without a user's password or token, which many a clone has in its address.
  private static func remote(
    _ text: String
  ) -> (url: String, transport: RemoteURL.Transport, note: String?)? {
    var url = text
    var note: String?
    if let scheme = ["https://", "http://"].first(where: url.lowercased().hasPrefix) {
      let rest = url.dropFirst(scheme.count)
      let authority = rest.prefix { $0 != "/" }
      if let at = authority.lastIndex(of: "@") {
        url = "\(url.prefix(scheme.count))\(rest[rest.index(after: at)...])"
      }
    }
    // GitHub is reached with a token as well, which is less to set up than a key.
    for prefix in ["git@github.com:", "ssh://git@github.com/"] where url.hasPrefix(prefix) {
      note = "cloned as \(YAMLText.comment(url))"
      url = "https://github.com/\(url.dropFirst(prefix.count))"
    }
    do throws(FormFault) {
      let remote = try RemoteURL(url)
      return (url, remote.transport, note)
    } catch {
      return nil
    }
  }

  private static func lastComponent(of url: String) -> String {
    let tail = url.split { $0 == "/" || $0 == ":" }.last.map(String.init) ?? url
    return tail.hasSuffix(".git") ? String(tail.dropLast(4)) : tail
  }
}
