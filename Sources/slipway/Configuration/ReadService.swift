import DeployModel
import Yams

/// A service as read, with the places that later checks point at. What depends on other parts of
/// the file (its repository's branch) is filled in by `ConfigurationChecks`.
struct ReadService {
  var name: ServiceName
  var position: Position
  var repository: Located<RepositoryName>
  var filter: PathFilter
  var filterPosition: Position
  var build: BuildSpecification
  var buildPosition: Position
  var buildSecrets: [String: Secret]
  var image: Located<ImageRepository>
  var manifest: ReadManifest
  var migrations: PathFilter?
  var autoRollback: Bool
  var rolloutDeadline: Duration
  var environment: Located<String>?
  var argocd: [Located<ArgoCDApplication>]
  var kubernetes: Located<KubernetesDeployment>?
}

struct ReadManifest {
  var position: Position
  var path: RepositoryPath
  /// Nil: the service's own.
  var repository: Located<RepositoryName>?
  /// Nil: the repository's own.
  var branch: BranchName?
  var imageName: String
  var pin: ImagePin
}

extension ReadService {
  init?(_ section: Section, name: ServiceName, position: Position) {
    self.name = name
    self.position = position
    let repository = section.required(
      "repository", .repositoryName, "name one of `repositories`")
    let filter = Self.filter(section)
    let image = section.required(
      "image", .imageName, "name the image to publish, such as ghcr.io/acme/shop/\(name)")
    let build = Self.build(section)
    let manifest = Self.manifest(section, image: image)
    migrations = section.list("migrations", .pattern).map { PathFilter(.paths, $0.map(\.value)) }
    autoRollback = section.value("autoRollback", .boolean, default: false)
    environment = section.located("environment", .line("an environment's name"))
    argocd = Self.applications(section)
    kubernetes = section.entry("kubernetes").flatMap { entry in
      section.section(of: entry) { Self.kubernetes($0) }
        .map { Located(value: $0, position: entry.keyPosition) }
    }
    let deadline = section.section("rollout") {
      $0.value("deadline", Form<Duration>.duration(atMost: .seconds(86_400)))
    }
    rolloutDeadline = deadline ?? .seconds(15 * 60)
    guard let repository, let filter, let image, let build, let manifest else { return nil }
    self.repository = repository
    self.filter = filter.value
    filterPosition = filter.position
    self.build = build.specification
    buildPosition = build.position
    buildSecrets = build.secrets
    self.image = image
    self.manifest = manifest
  }

  private static func filter(_ section: Section) -> Located<PathFilter>? {
    let kinds: [(String, PathFilter.Kind)] = [("paths", .paths), ("pathsIgnore", .pathsIgnore)]
    let present = kinds.filter { section.has($0.0) }
    guard let (key, kind) = present.first, let entry = section.entry(key) else {
      section.missing("paths", "list the files that trigger it; paths: ['**'] is every push")
      return nil
    }
    let lists = present.map { section.list($0.0, .pattern) }
    if present.count == 2, let second = section.entry("pathsIgnore") {
      section.reader.error(
        at: second.keyPosition,
        "`\(section.path)` has both paths and pathsIgnore: keep one (in `paths`, a pattern that "
          + "begins with `!` takes files out again)")
    }
    guard let patterns = lists[0] else { return nil }
    // Patterns that were wrong have been reported; what is left may look empty.
    if patterns.isEmpty, section.items(key, of: "a pattern")?.isEmpty == true {
      section.reader.error(
        at: entry.position,
        kind == .paths
          ? "`\(entry.path)` is empty, so nothing would ever trigger: list patterns such as "
            + "'backend/**'"
          : "`\(entry.path)` is empty: list patterns, or write paths: ['**'] for every push")
    } else if kind == .paths, let first = patterns.first,
      patterns.allSatisfy({ $0.value.hasPrefix("!") })
    {
      section.reader.error(
        at: first.position,
        "`\(entry.path)` only takes files out, so nothing would ever trigger: begin with a "
          + "pattern that takes files in, such as '**'")
    }
    return Located(
      value: PathFilter(kind, patterns.map(\.value)), position: entry.keyPosition)
  }

  private static func build(
    _ section: Section
  ) -> (specification: BuildSpecification, secrets: [String: Secret], position: Position)? {
    guard let entry = section.entry("build") else {
      section.missing("build", "say what to build, such as {context: backend}")
      return nil
    }
    return section.section(of: entry) { build in
      let context = build.required(
        "context", .repositoryPath, "name the directory to build from; `.` is the whole repository")
      let dockerfile = build.value("dockerfile", .repositoryPath)
      let target = build.value("target", .line("a stage's name"))
      let arguments = buildArguments(build)
      let platforms = build.list("platforms", .platform) ?? []
      let secrets = buildSecrets(build)
      if dockerfile?.isRoot == true, let dockerfile = build.entry("dockerfile") {
        build.reader.error(at: dockerfile.position, "`\(dockerfile.path)` must name a file")
      }
      var seen: Set<String> = []
      for platform in platforms where !seen.insert(platform.value).inserted {
        build.reader.error(
          at: platform.position, "`\(build.path).platforms` lists \(platform.value) twice")
      }
      guard let context = context?.value,
        let usual = RepositoryPath(context.appending("Dockerfile"))
      else { return nil }
      let specification = BuildSpecification(
        context: context, dockerfile: dockerfile ?? usual, target: target, arguments: arguments,
        platforms: platforms.map(\.value), secrets: secrets.keys.sorted())
      return (specification, secrets, entry.keyPosition)
    }
  }

  private static func buildArguments(_ section: Section) -> [String: String] {
    var arguments: [String: String] = [:]
    section.within("args") { args in
      for entry in args.allEntries() {
        if isVariableName(entry.key) {
          arguments[entry.key] = args.value(of: entry, .verbatim)?.value
        } else {
          args.reader.error(
            at: entry.keyPosition,
            "`\(entry.path)`: a build argument's name has letters, digits and `_` only")
        }
      }
    }
    return arguments
  }

  private static func buildSecrets(_ section: Section) -> [String: Secret] {
    var secrets: [String: Secret] = [:]
    section.within("secrets") { section in
      for entry in section.allEntries() {
        // It stands in `--secret id=…,src=…`, where a comma would begin another setting.
        let isPlain =
          !entry.key.isEmpty && entry.key.utf8.count <= 64
          && entry.key.utf8.allSatisfy { isLetterOrDigit($0) || "-_.".utf8.contains($0) }
        if !isPlain {
          section.reader.error(
            at: entry.keyPosition,
            "`\(entry.path)`: a build secret's name has letters, digits, `-`, `_` and `.` only")
        }
        secrets[entry.key] = section.secret(of: entry)?.value
      }
    }
    return secrets
  }

  private static func manifest(
    _ section: Section, image: Located<ImageRepository>?
  ) -> ReadManifest? {
    guard let entry = section.entry("manifest") else {
      section.missing(
        "manifest", "name the directory of its kustomization, such as {path: k8s/backend}")
      return nil
    }
    // The entry's name is compared as text: as written, not as the registry knows it.
    let written = section.value("image", .line("an image"))
    return section.section(of: entry) { manifest in
      let path = manifest.required(
        "path", .repositoryPath, "name the directory of the service's kustomization")
      let repository = manifest.located("repository", .repositoryName)
      let branch = manifest.value("branch", .branchName)
      let imageName = manifest.value("imageName", .line("the `name` of an images entry"))
      let pin = manifest.value("pin", Form<ImagePin>.oneOf, default: .tag)
      if let path, let file = kustomizationFile(path.value.path) {
        manifest.reader.error(
          at: path.position,
          "`\(manifest.path).path` must be the directory that holds \(file), not the file")
      }
      guard let path, let imageName = imageName ?? written else { return nil }
      return ReadManifest(
        position: entry.keyPosition, path: path.value, repository: repository, branch: branch,
        imageName: imageName, pin: pin)
    }
  }

  private static func kustomizationFile(_ path: String) -> String? {
    let last = path.split(separator: "/").last.map(String.init)
    return ["kustomization.yaml", "kustomization.yml", "Kustomization"].first { $0 == last }
  }

  /// One, or a list of them.
  private static func applications(_ section: Section) -> [Located<ArgoCDApplication>] {
    guard let entry = section.entry("argocd") else { return [] }
    var entries = [entry]
    if entry.node.sequence != nil {
      entries = section.items("argocd", of: "a mapping with application") ?? []
    }
    var seen: Set<ArgoCDApplication> = []
    return entries.compactMap { entry in
      guard let application = section.section(of: entry, Self.application) else { return nil }
      if !seen.insert(application).inserted {
        section.reader.error(
          at: entry.keyPosition, "`\(entry.path)` names \(application.application) once more")
      }
      return Located(value: application, position: entry.keyPosition)
    }
  }

  private static func application(_ section: Section) -> ArgoCDApplication? {
    let application = section.required(
      "application", .kubernetesName, "name the Argo CD Application")
    let project = section.value("project", .kubernetesName)
    let namespace = section.value("appNamespace", .kubernetesName)
    return application.map {
      ArgoCDApplication(application: $0.value, project: project, appNamespace: namespace)
    }
  }

  private static func kubernetes(_ section: Section) -> KubernetesDeployment? {
    let namespace = section.required("namespace", .kubernetesName, "name the namespace")
    let deployment = section.required("deployment", .kubernetesName, "name the Deployment")
    guard let namespace, let deployment else { return nil }
    return KubernetesDeployment(namespace: namespace.value, deployment: deployment.value)
  }
}
