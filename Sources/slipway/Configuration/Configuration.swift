import DeployModel
import FoundationEssentials

/// Everything that one `slipway.yaml` says, checked. Immutable: a reload makes another one, and work
/// in progress keeps the one it began with.
struct Configuration: Sendable, Equatable {
  /// The file's absolute path.
  var file: String
  var server: ServerSettings
  var state: StateSettings
  var auth: AuthSettings
  var builder: BuilderSettings
  var pipeline: PipelineSettings
  /// By host, with its port if it has one.
  var registries: [String: RegistrySettings]
  var dockerConfig: DockerConfigSettings?
  /// Nil: images are not signed.
  var cosign: CosignConfiguration?
  var argocd: ArgoCDSettings?
  var kubernetes: KubernetesAccess?
  var notifications: [NotificationSettings]
  var retention: RetentionSettings
  var logging: LoggingSettings
  var repositories: [RepositoryName: RepositorySettings]
  var services: [ServiceName: Service]
  /// Values of `build.secrets`, by service and name.
  var buildSecrets: [ServiceName: [String: Secret]]
  /// Variables of the environment that hold secrets of this configuration.
  var secretVariables: Set<String>
  /// Warnings and notes.
  var remarks: [ConfigurationProblem]
}

extension Configuration {
  /// Bounds what a mistaken path can pull into memory; a thousand services need about 400 KiB.
  static let sizeLimit = 4 << 20

  /// Reads and checks a file and the secrets that it names. `environment` is where `{env: NAME}`
  /// looks.
  static func load(
    file: String, environment: [String: String], now: Timestamp = SystemWallClock().now()
  ) throws(ConfigurationErrors) -> Configuration {
    let path = resolve(file, against: FileManager.default.currentDirectoryPath)
    let bytes: [UInt8]
    do throws(FileFault) {
      bytes = try readFile(path, limit: sizeLimit, regularOnly: false)
    } catch {
      throw ConfigurationErrors(
        file: file, position: .start,
        "the configuration cannot be read: \(error.reason); name another with --config, or draft one "
          + "with `slipway init DIRECTORY`")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let place = position(ofFirstBadByteIn: bytes)
      throw ConfigurationErrors(
        file: file, position: place, "this is not UTF-8 text: save the file as UTF-8")
    }
    return try parse(text, file: file, path: path, environment: environment, now: now)
  }

  /// `file` is what problems name; `path` is absolute, and relative paths resolve against its
  /// directory.
  static func parse(
    _ text: String, file: String, path: String, environment: [String: String],
    now: Timestamp = SystemWallClock().now()
  ) throws(ConfigurationErrors) -> Configuration {
    let source: YAMLSource
    do throws(YAMLSource.SyntaxFault) {
      source = try YAMLSource(text)
    } catch {
      throw ConfigurationErrors(file: file, position: error.position, error.sentence)
    }
    guard source.root != nil else {
      throw ConfigurationErrors(
        file: file, position: .start, "the configuration is empty: see slipway.example.yaml")
    }
    let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let reader = ConfigurationReader(
      file: file, directory: directory.isEmpty ? "/" : directory, environment: environment, now: now
    )
    let configuration = Configuration(
      Section(root: source, reader: reader), file: path, reader: reader)
    let problems = reader.finished()
    let errors = problems.filter { $0.severity == .error }
    let remarks = problems.filter { $0.severity != .error }
    guard errors.isEmpty, var configuration else {
      throw ConfigurationErrors(errors: errors, remarks: remarks)
    }
    configuration.remarks = remarks
    return configuration
  }

  private init?(_ root: Section, file: String, reader: ConfigurationReader) {
    self.file = file
    var mentions: [ServiceMention] = []
    server = root.section("server") { ServerSettings($0) } ?? ServerSettings()
    state = root.section("state") { StateSettings($0) } ?? StateSettings()
    builder = root.section("builder") { BuilderSettings($0) } ?? BuilderSettings()
    pipeline = root.section("pipeline") { PipelineSettings($0) } ?? PipelineSettings()
    (registries, dockerConfig) = Self.registries(root)
    cosign = root.section("cosign") { CosignConfiguration($0) }
    argocd = root.section("argocd") { ArgoCDSettings($0) }
    kubernetes =
      root.has("kubernetes")
      ? root.section("kubernetes") { KubernetesAccess($0) }
      : KubernetesAccess.ofPod(reader.environment)
    notifications = [NotificationSettings](root, mentions: &mentions)
    retention = root.section("retention") { RetentionSettings($0) } ?? RetentionSettings()
    logging = root.section("logging") { LoggingSettings($0) } ?? LoggingSettings()
    auth = root.section("auth") { AuthSettings($0, mentions: &mentions) } ?? AuthSettings()

    var checks = ConfigurationChecks(
      reader: reader, hasArgoCD: root.has("argocd"),
      hasKubernetes: root.has("kubernetes") || kubernetes != nil)
    checks.read(repositories: root)
    checks.read(services: root)
    root.close()
    checks.run(mentions: mentions)
    checks.check(cacheOf: builder)
    if auth.tokens.isEmpty, !auth.anonymousRead, !reader.hasErrors {
      reader.warning(at: .start, "there are no `auth.tokens`, so nobody can use the API")
    }
    repositories = checks.repositories.mapValues(\.settings)
    services = checks.services
    buildSecrets = checks.buildSecrets
    secretVariables = reader.secretVariables
    remarks = []
    checkWebhookServers(reader)
  }

  private func checkWebhookServers(_ reader: ConfigurationReader) {
    guard let place = server.webhooks.from?.github, webhookServers.isEmpty else { return }
    reader.error(
      at: place,
      "`server.webhooks.from` names `github`, and no repository with webhooks is there: name addresses, "
        + "or give the repository's `github.apiURL`")
  }

  private static func registries(
    _ root: Section
  ) -> ([String: RegistrySettings], DockerConfigSettings?) {
    var registries: [String: RegistrySettings] = [:]
    var dockerConfig: DockerConfigSettings?
    root.within("registries") { section in
      for entry in section.allEntries() {
        // No host has a capital letter.
        if entry.key == DockerConfigSettings.key {
          dockerConfig = DockerConfigSettings(entry, of: section)
          continue
        }
        if let fault = RegistrySettings.fault(inHost: entry.key) {
          section.reader.error(at: entry.keyPosition, "`\(entry.path)` \(fault)")
        }
        registries[entry.key] = section.section(of: entry) { RegistrySettings($0) }
      }
    }
    return (registries, dockerConfig)
  }
}

extension ConfigurationErrors {
  /// One that kept the file from being read at all.
  init(file: String, position: Position, _ sentence: String) {
    self.init(
      errors: [
        ConfigurationProblem(
          severity: .error, file: file, position: position, sentence: sentence)
      ], remarks: [])
  }
}

private func position(ofFirstBadByteIn bytes: [UInt8]) -> Position {
  var decoder = UTF8()
  var iterator = bytes.makeIterator()
  var place = Position.start
  while case .scalarValue(let scalar) = decoder.decode(&iterator) {
    if scalar == "\n" {
      place = Position(line: place.line + 1, column: 1)
    } else {
      place.column += 1
    }
  }
  return place
}
