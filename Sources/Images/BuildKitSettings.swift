package import DeployModel

/// Which builders there are and how to reach them.
package struct BuildKitSettings: Sendable {
  package struct TLS: Hashable, Sendable {
    /// Paths of PEM files, read by buildctl at each call, so that renewed ones are taken up.
    package var authority: String
    package var certificate: String
    package var privateKey: String
    /// The name in the builders' certificates, where it is not the one in their address.
    package var serverName: String?

    package init(
      authority: String, certificate: String, privateKey: String, serverName: String? = nil
    ) {
      self.authority = authority
      self.certificate = certificate
      self.privateKey = privateKey
      self.serverName = serverName
    }
  }

  /// What BuildKit says about an image beside it. The tag then leads to an index that holds the image
  /// and the statements, and its digest is the one that is verified and deployed (R8).
  package struct Attestations: Hashable, Sendable {
    package enum Provenance: String, Hashable, Sendable, CaseIterable { case none, min, max }

    package var provenance = Provenance.none
    package var sbom = false

    package init(provenance: Provenance = .none, sbom: Bool = false) {
      self.provenance = provenance
      self.sbom = sbom
    }
  }

  /// As `buildctl --addr` takes them: `tcp://buildkit:1234`, `unix:///run/buildkit/buildkitd.sock`.
  package var addresses: [String]
  package var tls: TLS?
  /// Where layers of all stages are kept for whichever builder comes next, under the service's name
  /// as its tag. Nil: each builder knows its own only.
  package var cache: ImageRepository?
  package var attestations: Attestations
  /// Absolute; for private files of calls.
  package var stateDirectory: String
  /// Marks every process as this installation's, so that a restart finds what a crash left behind.
  package var instance: String
  package var access: BuilderAccess
  /// Added to the minimal environment: proxies, for example.
  package var environment: [String: String]
  package var path: String
  /// How long a builder that did not answer is asked last.
  package var rest: Duration

  package init(
    addresses: [String], tls: TLS? = nil, cache: ImageRepository? = nil,
    attestations: Attestations = Attestations(), stateDirectory: String, instance: String,
    access: BuilderAccess, environment: [String: String] = [:],
    path: String = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    rest: Duration = .seconds(30)
  ) {
    self.addresses = addresses
    self.tls = tls
    self.cache = cache
    self.attestations = attestations
    self.stateDirectory = stateDirectory
    self.instance = instance
    self.access = access
    self.environment = environment
    self.path = path
    self.rest = rest
  }

  var temporaryRoot: String { "\(stateDirectory)/tmp" }
}
