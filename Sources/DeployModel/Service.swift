/// One image and the one kustomization entry that names it, as configured.
package struct Service: Hashable, Sendable {
  package var name: ServiceName
  package var repository: RepositoryName
  package var filter: PathFilter
  package var build: BuildSpecification
  package var image: ImageRepository
  package var manifest: ManifestLocation
  package var pin: ImagePin
  /// Globs over the source repository; nil patterns mean the service has no migrations (R9).
  package var migrations: PathFilter?
  package var autoRollback: Bool
  package var rolloutDeadline: Duration
  package var environment: String?
  /// Those that roll its manifests out: one, or one for each cluster. Empty: nobody is asked.
  package var argocd: [ArgoCDApplication]
  package var kubernetes: KubernetesDeployment?

  package init(
    name: ServiceName, repository: RepositoryName, filter: PathFilter, build: BuildSpecification,
    image: ImageRepository, manifest: ManifestLocation, pin: ImagePin = .tag,
    migrations: PathFilter? = nil,
    autoRollback: Bool = false, rolloutDeadline: Duration = .seconds(15 * 60),
    environment: String? = nil, argocd: [ArgoCDApplication] = [],
    kubernetes: KubernetesDeployment? = nil
  ) {
    self.name = name
    self.repository = repository
    self.filter = filter
    self.build = build
    self.image = image
    self.manifest = manifest
    self.pin = pin
    self.migrations = migrations
    self.autoRollback = autoRollback
    self.rolloutDeadline = rolloutDeadline
    self.environment = environment
    self.argocd = argocd
    self.kubernetes = kubernetes
  }
}

/// Paths are relative to the repository's root and have been checked not to leave it.
package struct BuildSpecification: Hashable, Sendable {
  package var context: RepositoryPath
  package var dockerfile: RepositoryPath
  package var target: String?
  package var arguments: [String: String]
  /// `linux/amd64`; empty means the builder's own.
  package var platforms: [String]
  /// Names of build secrets; their values come from files or the environment at build time.
  package var secrets: [String]

  package init(
    context: RepositoryPath, dockerfile: RepositoryPath, target: String? = nil,
    arguments: [String: String] = [:], platforms: [String] = [], secrets: [String] = []
  ) {
    self.context = context
    self.dockerfile = dockerfile
    self.target = target
    self.arguments = arguments
    self.platforms = platforms
    self.secrets = secrets
  }
}

/// What a manifest says of an image beside its name.
package enum ImagePin: String, Hashable, Sendable, CaseIterable {
  /// The tag, which does not move (R8); and the digest only where one stands there already.
  case tag
  /// Tag and digest: whoever pulls goes by the digest, whoever reads by the tag.
  case digest
}

/// Where a service's image entry stands: a directory with a kustomization, and the entry's `name`.
package struct ManifestLocation: Hashable, Sendable {
  package var repository: RepositoryName
  package var branch: BranchName
  package var path: RepositoryPath
  package var imageName: String

  package init(
    repository: RepositoryName, branch: BranchName, path: RepositoryPath, imageName: String
  ) {
    self.repository = repository
    self.branch = branch
    self.path = path
    self.imageName = imageName
  }
}

package struct ArgoCDApplication: Hashable, Sendable {
  package var application: String
  package var project: String?
  package var appNamespace: String?

  package init(application: String, project: String?, appNamespace: String?) {
    self.application = application
    self.project = project
    self.appNamespace = appNamespace
  }
}

package struct KubernetesDeployment: Hashable, Sendable {
  package var namespace: String
  package var deployment: String

  package init(namespace: String, deployment: String) {
    self.namespace = namespace
    self.deployment = deployment
  }
}

/// A path below a repository's root: relative, no empty, `.`, `..` or `.git` component, no NUL, no
/// leading dash. The root itself is `RepositoryPath.root`, written `.`.
package struct RepositoryPath: Hashable, Sendable, CustomStringConvertible {
  /// Components joined by `/`; empty for the root.
  package let path: String

  package static let root = RepositoryPath(unchecked: "")

  private init(unchecked path: String) { self.path = path }

  /// Empty and `.` components are dropped. By bytes, as the kernel reads it: a slash that carries a
  /// combining mark is a `Character` of its own, and still separates.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, first != UInt8(ascii: "/"), !bytes.contains(0),
      bytes.count <= 4096
    else { return nil }
    var components: [ArraySlice<UInt8>] = []
    for component in bytes.split(separator: UInt8(ascii: "/")) {
      if component.elementsEqual(".".utf8) { continue }
      guard !component.elementsEqual("..".utf8), !component.elementsEqual(".git".utf8) else {
        return nil
      }
      components.append(component)
    }
    guard components.first?.first != UInt8(ascii: "-") else { return nil }
    path = String(decoding: Array(components.joined(separator: "/".utf8)), as: UTF8.self)
  }

  package var isRoot: Bool { path.isEmpty }

  /// Whether the other is this one, or below it.
  package func holds(_ other: RepositoryPath) -> Bool {
    isRoot || other.path == path || other.path.hasPrefix(path + "/")
  }

  package var description: String { isRoot ? "." : path }

  package func appending(_ component: String) -> String {
    isRoot ? component : "\(path)/\(component)"
  }
}
