/// How images are signed with cosign(1).
package struct CosignSettings: Sendable {
  package enum Key: Hashable, Sendable {
    /// A private key as `cosign generate-key-pair` writes it, and its password.
    case pair(String, password: String)
    /// Where a service keeps it: `awskms://…`, `gcpkms://…`, `k8s://…` and so on.
    case reference(String)
    /// None: a certificate is issued for each signature, to whom an identity token names.
    case certificate
  }

  /// What `cosign verify` is asked.
  package struct Verification: Hashable, Sendable {
    /// A public key's file, or a reference to where a service keeps it; nil: `arguments` name the
    /// certificate's identity and issuer.
    package var key: String?
    package var arguments: [String]

    package init(key: String?, arguments: [String]) {
      self.key = key
      self.arguments = arguments
    }
  }

  /// A name to be looked up in the `PATH` of `environment`, or an absolute path.
  package var program: String
  package var key: Key
  /// More for `cosign sign`, each `--name=value`.
  package var arguments: [String]
  package var verification: Verification?
  package var accounts: RegistryAccounts
  /// Which variables a cloud's key service needs is not to be known; none of Slipway's secrets.
  package var environment: [String: String]
  /// Absolute. What cosign keeps of Sigstore's roots, and what one call needs: safe to lose.
  package var stateDirectory: String
  /// Marks every process as this installation's, so that a restart finds what a crash left behind.
  package var instance: String

  package init(
    program: String, key: Key, arguments: [String], verification: Verification?,
    accounts: RegistryAccounts, environment: [String: String], stateDirectory: String,
    instance: String
  ) {
    self.program = program
    self.key = key
    self.arguments = arguments
    self.verification = verification
    self.accounts = accounts
    self.environment = environment
    self.stateDirectory = stateDirectory
    self.instance = instance
  }
}
