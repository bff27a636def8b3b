import DeployModel

/// What no section can check by itself: references, and what two parts of the file may not share.
struct ConfigurationChecks {
  let reader: ConfigurationReader
  /// An `argocd` section stands in the file, right or wrong.
  let hasArgoCD: Bool
  /// There is a way into the cluster.
  let hasKubernetes: Bool
  private(set) var repositories: [RepositoryName: ReadRepository] = [:]
  private(set) var services: [ServiceName: Service] = [:]
  private(set) var buildSecrets: [ServiceName: [String: Secret]] = [:]
  private var readServices: [ReadService] = []
  /// Every name that stands in the file, also those whose entry is wrong: a reference to one of
  /// them dangles no more once the entry is right.
  private var repositoryNames: Set<String> = []
  private var serviceNames: Set<String> = []

  init(reader: ConfigurationReader, hasArgoCD: Bool, hasKubernetes: Bool) {
    self.reader = reader
    self.hasArgoCD = hasArgoCD
    self.hasKubernetes = hasKubernetes
  }

  // MARK: Reading

  mutating func read(repositories root: Section) {
    root.within("repositories") { section in
      for entry in section.allEntries() {
        repositoryNames.insert(entry.key)
        guard let name = RepositoryName(entry.key) else {
          refuseName(entry)
          continue
        }
        repositories[name] = section.section(of: entry) {
          ReadRepository($0, name: name, position: entry.keyPosition)
        }
      }
    }
  }

  mutating func read(services root: Section) {
    root.within("services") { section in
      for entry in section.allEntries() {
        serviceNames.insert(entry.key)
        guard let name = ServiceName(entry.key) else {
          refuseName(entry)
          continue
        }
        if let service = section.section(
          of: entry, { ReadService($0, name: name, position: entry.keyPosition) })
        {
          readServices.append(service)
        }
      }
    }
    if serviceNames.isEmpty, !reader.hasErrors {
      reader.warning(at: .start, "there are no `services`, so no push deploys anything")
    }
  }

  private func refuseName(_ entry: Section.Entry) {
    reader.error(
      at: entry.keyPosition,
      "`\(entry.path)`: a name has letters, digits, `-`, `_` and `.`, begins with a letter or "
        + "digit, and has at most 63 characters")
  }

  // MARK: Checking

  mutating func run(mentions: [ServiceMention]) {
    checkMentions(mentions)
    checkRemotes()
    for service in readServices.sorted(by: { $0.position < $1.position }) {
      complete(service)
    }
    checkWebhookSecrets()
    checkArgoCD()
    checkManifestEntries()
    checkImages()
    warnOfOwnManifests()
    checkRequiredContexts()
    checkEnvironments()
  }

  private func checkMentions(_ mentions: [ServiceMention]) {
    for mention in mentions where !serviceNames.contains(mention.name) {
      reader.error(
        at: mention.position,
        "`\(mention.path)` names `\(mention.name.shown)`, which is not one of `services`"
          + suggestion(mention.name, among: serviceNames))
    }
  }

  private func suggestion(_ name: String, among names: Set<String>) -> String {
    if let near = nearestName(to: name, among: names) { return "; did you mean `\(near)`?" }
    return names.isEmpty || names.count > 8
      ? "" : "; there are \(names.sorted().map(\.shown).joined(separator: ", "))"
  }

  /// R13: a delivery must belong to one repository.
  private func checkRemotes() {
    var seen: [String: ReadRepository] = [:]
    for repository in repositories.values.sorted(by: { $0.position < $1.position }) {
      let remote = repository.settings.url.identity
      if let first = seen[remote] {
        reader.error(
          at: repository.urlPosition,
          "`repositories.\(repository.settings.name).url` is the remote of "
            + "`\(first.settings.name)` (line \(first.urlPosition.line)): keep one of them")
      } else {
        seen[remote] = repository
      }
    }
  }

  /// Makes the model's service, if both of its repositories are there.
  private mutating func complete(_ service: ReadService) {
    let source = lookUp(service.repository, of: "services.\(service.name).repository")
    let target =
      service.manifest.repository.map {
        lookUp($0, of: "services.\(service.name).manifest.repository")
      } ?? source
    guard let source, let target else { return }
    services[service.name] = Service(
      name: service.name, repository: source.settings.name, filter: service.filter,
      build: service.build, image: service.image.value,
      manifest: ManifestLocation(
        repository: target.settings.name,
        branch: service.manifest.branch ?? target.settings.branch, path: service.manifest.path,
        imageName: service.manifest.imageName),
      pin: service.manifest.pin, migrations: service.migrations, autoRollback: service.autoRollback,
      rolloutDeadline: service.rolloutDeadline, environment: service.environment?.value,
      argocd: service.argocd.map(\.value),
      kubernetes: hasKubernetes ? service.kubernetes?.value : nil)
    if !service.buildSecrets.isEmpty { buildSecrets[service.name] = service.buildSecrets }
  }

  private func lookUp(_ name: Located<RepositoryName>, of path: String) -> ReadRepository? {
    if !repositoryNames.contains(name.value.name) {
      reader.error(
        at: name.position,
        "`\(path)` names `\(name.value)`, which is not one of `repositories`"
          + suggestion(name.value.name, among: repositoryNames))
    }
    return repositories[name.value]
  }

  /// R13: a repository's deliveries cannot be told from forgeries without one, and each delivery
  /// to `/webhooks/github` is tried against all of them.
  private func checkWebhookSecrets() {
    let limit = 64
    let sources = Set(readServices.map(\.repository.value))
    var distinct: Set<Secret> = []
    for repository in repositories.values.sorted(by: { $0.position < $1.position }) {
      if sources.contains(repository.settings.name), !repository.listsWebhookSecrets {
        reader.error(
          at: repository.position,
          "`repositories.\(repository.settings.name).webhookSecrets` is missing: services build "
            + "from it, and without a secret its deliveries cannot be verified")
      }
      for secret in repository.secretPositions where distinct.insert(secret.value).inserted {
        guard distinct.count == limit + 1 else { continue }
        reader.error(
          at: secret.position,
          "there are more than \(limit) different webhook secrets: let repositories share them")
      }
    }
  }

  private func checkArgoCD() {
    for service in readServices
    where service.autoRollback && service.argocd.isEmpty
      && service.kubernetes == nil
    {
      reader.error(
        at: service.position,
        "`services.\(service.name).autoRollback` needs `argocd` or `kubernetes`: without them "
          + "nobody sees a rollout fail")
    }
    for service in readServices where !hasKubernetes {
      guard let deployment = service.kubernetes else { continue }
      reader.warning(
        at: deployment.position,
        "`services.\(service.name).kubernetes` is not looked at: there is no `kubernetes` section "
          + "with a kubeconfig, and this is no pod of a cluster")
    }
    for service in readServices {
      guard let application = service.argocd.first, !hasArgoCD else { continue }
      reader.error(
        at: application.position,
        "`services.\(service.name).argocd` names an application, and there is no `argocd` section: "
          + "add one with url and token, or remove this")
    }
  }

  /// R7: two services that write one entry would undo each other.
  private func checkManifestEntries() {
    var seen: [ManifestLocation: ReadService] = [:]
    for service in inOrder {
      guard let location = services[service.name]?.manifest else { continue }
      if let first = seen[location] {
        reader.error(
          at: service.manifest.position,
          "`services.\(service.name).manifest` names the images entry of `\(first.name)` (line "
            + "\(first.manifest.position.line)): `\(location.imageName)` in \(location.path) on "
            + "\(location.branch); one entry has one service")
      } else {
        seen[location] = service
      }
    }
  }

  /// R8: one tag, one image. Services may share an image only if they build the same thing.
  private func checkImages() {
    var seen: [ImageRepository: ReadService] = [:]
    for service in inOrder {
      guard let first = seen[service.image.value] else {
        seen[service.image.value] = service
        continue
      }
      guard first.build != service.build || first.repository.value != service.repository.value
      else { continue }
      reader.error(
        at: service.image.position,
        "`services.\(service.name).image` is the image of `\(first.name)` (line "
          + "\(first.image.position.line)), which is built otherwise: their tags would collide")
    }
  }

  /// R8: a cache's tags move, those of images do not.
  func check(cacheOf builder: BuilderSettings) {
    guard case .buildkit(let fleet) = builder.engine, let cache = fleet.cache,
      let place = builder.cachePosition,
      let service = inOrder.first(where: { $0.image.value == cache })
    else { return }
    reader.error(
      at: place,
      "`builder.cache` is the image of `\(service.name)` (line \(service.image.position.line)): "
        + "give it a repository of its own, such as \(cache)-cache")
  }

  /// Slipway's own commits trigger nothing (R3, R4), but a person's edit of the manifests would
  /// build the same source once more.
  private func warnOfOwnManifests() {
    for read in inOrder {
      guard let service = services[read.name], service.manifest.repository == service.repository,
        service.filter.includes(service.manifest.path.appending("kustomization.yaml"))
      else { continue }
      reader.warning(
        at: read.filterPosition,
        "`services.\(read.name)` is triggered by its own manifests in \(service.manifest.path): "
          + "take them out of the filter, unless every edit there should build the image again")
    }
  }

  /// Where one of the two says its environment.
  func position(ofEnvironmentOf name: ServiceName, or other: ServiceName) -> Position {
    let places = [name, other].compactMap { name in
      readServices.first { $0.name == name }?.environment?.position
    }
    return places.first ?? .start
  }

  private var inOrder: [ReadService] { readServices.sorted { $0.position < $1.position } }
}
