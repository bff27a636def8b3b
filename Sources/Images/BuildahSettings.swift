package import DeployModel

/// Where and how buildah works.
package struct BuildahSettings: Sendable {
  /// `overlay` needs a kernel and a file system that can do it; `vfs` works anywhere, slowly.
  package enum StorageDriver: String, Sendable {
    case overlay, vfs
  }

  /// Absolute. Images, layers and what is needed while a build runs: a cache, safe to lose.
  package var stateDirectory: String
  /// Marks every process as this installation's, so that a restart finds what a crash left behind.
  package var instance: String
  package var driver: StorageDriver
  package var accounts: RegistryAccounts
  /// The value of a service's build secret, by the name in its specification.
  package var secret: @Sendable (ServiceName, String) async throws -> [UInt8]
  /// Added to the minimal environment: proxies, for example.
  package var environment: [String: String]
  package var path: String
  package var pushDeadline: Duration

  package init(
    stateDirectory: String, instance: String, driver: StorageDriver = .overlay,
    accounts: RegistryAccounts = RegistryAccounts(),
    secret: @escaping @Sendable (ServiceName, String) async throws -> [UInt8],
    environment: [String: String] = [:],
    path: String = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    pushDeadline: Duration = .seconds(600)
  ) {
    self.stateDirectory = stateDirectory
    self.instance = instance
    self.driver = driver
    self.accounts = accounts
    self.secret = secret
    self.environment = environment
    self.path = path
    self.pushDeadline = pushDeadline
  }

  var storageRoot: String { "\(stateDirectory)/storage" }
  var runRoot: String { "\(stateDirectory)/run" }
  var temporaryRoot: String { "\(stateDirectory)/tmp" }
}
