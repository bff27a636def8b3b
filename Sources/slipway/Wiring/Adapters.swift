import DeployModel
import FoundationEssentials
import Git
import GitHub
import GitHubREST
import Images
import Notifications
import Pipeline
import RESTAPI

extension PipelineConfiguration {
  init(_ configuration: Configuration) {
    self.init(
      repositories: configuration.repositories.mapValues {
        Repository(
          name: $0.name, url: $0.url.text, branch: $0.branch, authorName: $0.author.name,
          authorEmail: $0.author.email,
          reporting: Reporting(
            statuses: $0.github.statuses, deployments: $0.github.deployments,
            required: Set($0.github.requiredContexts.compactMap(CommitStatus.service(of:)))))
      },
      services: configuration.services,
      notifications: configuration.notifications.map {
        NotificationFilter(target: $0.name, services: $0.services, states: $0.states)
      },
      buildConcurrency: configuration.builder.concurrency,
      buildTimeout: configuration.builder.timeout,
      supersede: configuration.pipeline.supersede == .running ? .running : .queued,
      reuseMaxAge: configuration.pipeline.reuseMaxAge,
      commitDeadline: configuration.pipeline.commitDeadline,
      pollInterval: configuration.pipeline.pollInterval,
      retention: Retention(
        deliveryAge: configuration.retention.deliveryAge,
        deliveryCount: configuration.retention.deliveryCount,
        deploymentAge: configuration.retention.deploymentAge,
        deploymentsKept: configuration.retention.deploymentsKept,
        logAge: configuration.retention.logAge,
        images: configuration.retention.images.map { .init(age: $0.age, kept: $0.kept) },
        notificationAge: configuration.retention.notificationAge,
        notificationCount: configuration.retention.notificationCount),
      publicURL: configuration.server.publicURL?.text)
  }
}

extension WebhookTarget {
  init(_ settings: NotificationSettings) throws {
    let format: Format =
      switch settings.format {
      case .cloudevents: .cloudEvents
      case .slack: .text(settings.text)
      }
    try self.init(
      name: settings.name, url: settings.url.exposed, format: format,
      secret: settings.secret?.exposedBytes)
  }
}

extension WebhookDoor.Rules {
  init(_ configuration: Configuration) throws {
    let secrets = configuration.repositories.values.flatMap { repository in
      repository.webhookSecrets.enumerated().compactMap { position, secret in
        WebhookSecret(
          repository: repository.name, position: position, bytes: secret.exposedBytes)
      }
    }
    let repositories = configuration.repositories.values.compactMap { repository in
      RepositoryURL(repository.url.text).map {
        ConfiguredRepository(name: repository.name, url: $0, branch: repository.branch)
      }
    }
    self.init(
      keyring: try WebhookKeyring(secrets), directory: RepositoryDirectory(repositories))
  }
}

extension AccessTable {
  convenience init(_ configuration: Configuration) {
    self.init(
      tokens: Self.tokens(configuration.auth),
      anonymousRead: configuration.auth.anonymousRead, site: Site(configuration.server))
  }

  func replace(with configuration: Configuration) {
    replace(
      tokens: Self.tokens(configuration.auth),
      anonymousRead: configuration.auth.anonymousRead, site: Site(configuration.server))
  }

  private static func tokens(_ auth: AuthSettings) -> [RESTAPI.APIToken] {
    auth.tokens.map {
      RESTAPI.APIToken(
        name: $0.name, role: Role(rawValue: $0.role.rawValue) ?? .read, services: $0.services,
        secret: $0.secret.exposedBytes)
    }
  }
}

extension GitRemote {
  /// - Parameter tokens: of the App, where the repository is opened by one.
  init(_ repository: RepositorySettings, tokens: InstallationTokens?) {
    let credentials: GitCredentials =
      switch repository.credentials {
      case nil: .none
      case .token(let secret): .token(secret.exposed)
      case .ssh(let privateKey, let knownHosts):
        .ssh(privateKeyFile: privateKey, knownHostsFile: knownHosts ?? "/dev/null")
      case .githubApp: tokens.map { .app($0) } ?? .none
      }
    self.init(url: repository.url.text, credentials: credentials)
  }
}

extension GitCredentials {
  /// "Authenticating as a GitHub App installation": the user's name is this one.
  static func app(_ tokens: InstallationTokens) -> GitCredentials {
    .token(username: "x-access-token") { afterRefusal in
      do throws(RESTFailure) {
        return try await tokens.token(afterRefusal: afterRefusal)
      } catch {
        switch error.kind {
        // GitHub's API is part of the way to its repositories.
        case .unavailable, .limited:
          throw GitError.unreachable("no token could be had: \(error)")
        case .unauthorized, .forbidden, .notFound, .invalid, .refused: throw error
        }
      }
    }
  }
}

extension CommitSigner {
  static func directory(in state: String) -> String { "\(state)/signing" }

  /// In a directory of its own: the one before may be at work still.
  init(_ settings: SigningSettings, in state: String) {
    self.init(
      format: settings.format, key: settings.key.exposed,
      directory: "\(Self.directory(in: state))/\(UUID().uuidString.prefix(8))")
  }
}

extension RegistryAccounts {
  /// - Parameter environment: this process's. A credential helper finds its own credentials there
  ///   (of a cloud, mostly), and none of Slipway's.
  init(_ configuration: Configuration, environment: [String: String]) {
    self.init(
      configuration.registries.mapValues { settings in
        Account(
          credentials: settings.signIn.map {
            Credentials(username: $0.username, password: $0.password.exposed)
          }, insecure: settings.insecure)
      },
      docker: configuration.dockerConfig?.credentials,
      helperEnvironment: environment.filter { !configuration.secretVariables.contains($0.key) })
  }
}

extension CosignSettings {
  /// - Parameter accounts: with an environment that has none of Slipway's secrets.
  init(_ cosign: CosignConfiguration, in state: String, accounts: RegistryAccounts) {
    let key: Key =
      switch cosign.key {
      case .pair(let key, let password): .pair(key.exposed, password: password?.exposed ?? "")
      case .reference(let reference): .reference(reference)
      case .certificate: .certificate
      }
    self.init(
      program: cosign.program, key: key, arguments: cosign.arguments,
      verification: cosign.verification, accounts: accounts,
      environment: accounts.helperEnvironment, stateDirectory: "\(state)/cosign", instance: state)
  }
}

extension Site {
  init(_ server: ServerSettings) {
    self.init(
      publicURL: server.publicURL?.text,
      isSecure: !server.tls.isEmpty || server.publicURL?.isSecure == true)
  }
}
