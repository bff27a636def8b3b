package import DeployModel

/// What a builder needs of others, and a reload exchanges.
package struct BuilderAccess: Sendable {
  package var accounts: RegistryAccounts
  /// The value of a service's build secret, by the name in its specification.
  package var secret: @Sendable (ServiceName, String) async throws -> [UInt8]
  /// With the same accounts.
  package var registry: any ImageRegistry

  package init(
    accounts: RegistryAccounts, registry: any ImageRegistry,
    secret: @escaping @Sendable (ServiceName, String) async throws -> [UInt8]
  ) {
    self.accounts = accounts
    self.registry = registry
    self.secret = secret
  }
}

/// A builder as the wiring knows it.
package protocol ReloadableBuilder: ImageBuilder {
  /// Before the first build: ends and removes what an earlier process left. Fails where no build
  /// could succeed before somebody mends it; a daemon that is down comes back.
  func recover() async throws(BuildError)
  /// The same builder with other credentials for the calls to come.
  func exchanging(_ access: BuilderAccess) -> Self
}
