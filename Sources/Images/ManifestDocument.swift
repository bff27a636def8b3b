import DeployModel
import FoundationEssentials

/// The parts of an image manifest or index that lead to its labels; OCI and Docker alike.
struct ManifestDocument: Decodable {
  struct Descriptor: Decodable {
    struct Platform: Decodable {
      var os: String?
      var architecture: String?
    }

    var digest: String
    var platform: Platform?
    var annotations: [String: String]?

    /// BuildKit hangs provenance into the index as an image for a platform that does not exist.
    var isAttestation: Bool {
      platform?.os == "unknown" || platform?.architecture == "unknown"
        || annotations?["vnd.docker.reference.type"] == "attestation-manifest"
    }
  }

  var config: Descriptor?
  var manifests: [Descriptor]?

  /// Of an index: the first real platform's manifest.
  var firstImage: ImageDigest? {
    manifests?.first { !$0.isAttestation }.flatMap { ImageDigest($0.digest) }
  }

  var configuration: ImageDigest? { config.flatMap { ImageDigest($0.digest) } }

  /// The four that the distribution specification's implementations store. All of them, always: a
  /// registry answers 404 for what exists in a type that was not asked for.
  static let mediaTypes = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
  ]
}

/// The image configuration's labels: `{"config":{"Labels":{…}}}`, each level optional or null.
struct ConfigurationDocument: Decodable {
  struct Configuration: Decodable {
    var labels: [String: String]?

    enum CodingKeys: String, CodingKey { case labels = "Labels" }
  }

  var config: Configuration?
}
