package import DeployModel
import Synchronization

/// What the pipeline needs of the configuration. A reload replaces it whole; work that has begun
/// keeps the values it read.
package struct PipelineConfiguration: Sendable {
  package struct Repository: Hashable, Sendable {
    package var name: RepositoryName
    /// As people write it, without credentials: the label `org.opencontainers.image.source`.
    package var url: String
    package var branch: BranchName
    package var authorName: String
    package var authorEmail: String
    package var reporting: Reporting

    package init(
      name: RepositoryName, url: String, branch: BranchName, authorName: String,
      authorEmail: String, reporting: Reporting = Reporting()
    ) {
      self.name = name
      self.url = url
      self.branch = branch
      self.authorName = authorName
      self.authorEmail = authorEmail
      self.reporting = reporting
    }
  }

  /// What is said on GitHub of a repository's commits.
  package struct Reporting: Hashable, Sendable {
    package var statuses: Bool
    package var deployments: Bool
    /// Whose status a branch rule requires: a push that does not reach them says so.
    package var required: Set<ServiceName>

    package init(
      statuses: Bool = false, deployments: Bool = false, required: Set<ServiceName> = []
    ) {
      self.statuses = statuses
      self.deployments = deployments
      self.required = required
    }

    package var isOn: Bool { statuses || deployments }
  }

  package enum Supersede: String, Sendable { case queued, running }

  package struct Retention: Hashable, Sendable {
    /// What registries are asked to delete: what is older than this, and of no service among so many
    /// that landed last.
    package struct Images: Hashable, Sendable {
      package var age: Duration
      package var kept: Int

      package init(age: Duration, kept: Int) {
        self.age = age
        self.kept = kept
      }
    }

    package var deliveryAge: Duration
    package var deliveryCount: Int
    package var deploymentAge: Duration
    /// Of every service, whatever their age.
    package var deploymentsKept: Int
    package var logAge: Duration
    /// Nil: registries keep what was published.
    package var images: Images?
    /// Of notifications that were delivered or given up.
    package var notificationAge: Duration
    package var notificationCount: Int

    package init(
      deliveryAge: Duration = .seconds(30 * 86400), deliveryCount: Int = 1_000_000,
      deploymentAge: Duration = .seconds(365 * 86400), deploymentsKept: Int = 1000,
      logAge: Duration = .seconds(90 * 86400), images: Images? = nil,
      notificationAge: Duration = .seconds(30 * 86400), notificationCount: Int = 100_000
    ) {
      self.deliveryAge = deliveryAge
      self.deliveryCount = deliveryCount
      self.deploymentAge = deploymentAge
      self.deploymentsKept = deploymentsKept
      self.logAge = logAge
      self.images = images
      self.notificationAge = notificationAge
      self.notificationCount = notificationCount
    }
  }

  package var repositories: [RepositoryName: Repository]
  package var services: [ServiceName: Service] { didSet { makers = Self.makers(of: services) } }
  /// R8: by their services, those whose images are tags of the same repository, itself among them. One
  /// at a time makes it; the next one finds it at the registry.
  private(set) var makers: [ServiceName: Set<ServiceName>]
  /// Who is told of what.
  package var notifications: [NotificationFilter]
  package var buildConcurrency: Int
  package var buildTimeout: Duration
  package var supersede: Supersede
  /// R8: how old an image from the same inputs may be to be used again; zero: none is.
  package var reuseMaxAge: Duration
  package var commitDeadline: Duration
  /// R14: how often branches with manifests are looked at without a delivery.
  package var pollInterval: Duration
  package var retention: Retention
  /// Where people reach this server, without a slash at its end; nil: not known.
  package var publicURL: String?

  package init(
    repositories: [RepositoryName: Repository], services: [ServiceName: Service],
    notifications: [NotificationFilter] = [],
    buildConcurrency: Int = 2, buildTimeout: Duration = .seconds(30 * 60),
    supersede: Supersede = .queued, reuseMaxAge: Duration = .seconds(7 * 86400),
    commitDeadline: Duration = .seconds(300), pollInterval: Duration = .seconds(180),
    retention: Retention = Retention(), publicURL: String? = nil
  ) {
    self.repositories = repositories
    self.services = services
    makers = Self.makers(of: services)
    self.notifications = notifications
    self.buildConcurrency = buildConcurrency
    self.buildTimeout = buildTimeout
    self.supersede = supersede
    self.reuseMaxAge = reuseMaxAge
    self.commitDeadline = commitDeadline
    self.pollInterval = pollInterval
    self.retention = retention
    self.publicURL = publicURL
  }

  private static func makers(
    of services: [ServiceName: Service]
  ) -> [ServiceName: Set<ServiceName>] {
    let byImage = Dictionary(grouping: services.values, by: \.image)
      .mapValues { Set($0.map(\.name)) }
    return services.mapValues { byImage[$0.image, default: []] }
  }

  /// The dashboard's page of it.
  package func page(of id: DeploymentID) -> String? { publicURL.map { "\($0)/deployments/\(id)" } }

  /// The services that a push to this branch can trigger, by name.
  package func services(builtFrom target: RepositoryBranch) -> [Service] {
    guard repositories[target.repository]?.branch == target.branch else { return [] }
    return services.values.filter { $0.repository == target.repository }
      .sorted { $0.name < $1.name }
  }

  /// Those whose manifests are on this branch, by name.
  package func services(committedTo target: RepositoryBranch) -> [Service] {
    services.values.filter { $0.manifest.target == target }.sorted { $0.name < $1.name }
  }
}

/// The configuration in force.
package final class ConfigurationInForce: Sendable {
  private let value: Mutex<PipelineConfiguration>

  package init(_ configuration: PipelineConfiguration) { value = Mutex(configuration) }

  package var current: PipelineConfiguration { value.withLock { $0 } }

  package func replace(with configuration: PipelineConfiguration) {
    value.withLock { $0 = configuration }
  }
}
