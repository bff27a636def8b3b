import DeployModel

/// Where one repository's API stands.
struct RegistryEndpoint: Hashable, Sendable {
  /// As in image references, and in the configuration.
  let host: String
  let path: String
  let isInsecure: Bool

  init(_ repository: ImageRepository, isInsecure: Bool) {
    host = repository.registry
    path = repository.path
    self.isInsecure = isInsecure
  }

  private var base: String {
    // Docker Hub's name in references is not the host that speaks the protocol.
    let server = host == "docker.io" || host == "index.docker.io" ? "registry-1.docker.io" : host
    return "\(isInsecure ? "http" : "https")://\(server)"
  }

  func manifest(_ reference: String) -> String { "\(base)/v2/\(path)/manifests/\(reference)" }

  func blob(_ digest: ImageDigest) -> String { "\(base)/v2/\(path)/blobs/\(digest)" }

  /// An absolute URL for a `Location`; nil for what is neither absolute nor a path, and for plain
  /// HTTP where the registry has TLS.
  func resolve(_ location: String) -> String? {
    if location.hasPrefix("/") && !location.hasPrefix("//") { return base + location }
    if location.hasPrefix("https://") { return location }
    return location.hasPrefix("http://") && isInsecure ? location : nil
  }

  /// Whether a URL that `resolve` gave leads back to the registry itself, where credentials may go.
  func owns(_ url: String) -> Bool { url.hasPrefix(base + "/") }
}
