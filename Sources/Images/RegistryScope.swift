/// What credentials of a `config.json` are for: a registry, or the repositories below a path of it.
package struct RegistryScope: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// As image references name it: `docker.io` for Docker Hub.
  package let host: String
  package let path: String?

  init(host: String, path: String? = nil) {
    self.host = host
    self.path = path
  }

  /// Reads a key as Docker, podman and Kubernetes write it; nil if it names no host.
  ///
  /// 1. `ghcr.io`, `localhost:5000`: the registry.
  /// 2. `ghcr.io/acme`: what is below that path (podman, Kubernetes).
  /// 3. `https://ghcr.io/v2/` and any address: the registry; `docker login` once took addresses.
  /// 4. `https://index.docker.io/v1/`: Docker Hub, under each of its names.
  init?(dockerKey key: String) {
    var rest = Substring(key)
    let scheme = ["https://", "http://"].first { rest.lowercased().hasPrefix($0) }
    rest = rest.dropFirst(scheme?.count ?? 0)
    let parts = rest.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
    guard let first = parts.first, !rest.hasPrefix("/") else { return nil }
    host = Self.canonical(first)
    let below = parts.dropFirst().joined(separator: "/")
    path = scheme != nil || ["", "v1", "v2"].contains(below) ? nil : below
  }

  package var description: String { path.map { "\(host)/\($0)" } ?? host }

  /// What Docker's own programs call it: they know the Hub by its first address.
  var serverAddress: String { host == "docker.io" ? "https://index.docker.io/v1/" : host }

  package static func < (left: RegistryScope, right: RegistryScope) -> Bool {
    left.description < right.description
  }

  static func canonical(_ host: String) -> String {
    let host = host.lowercased()
    return ["index.docker.io", "registry-1.docker.io"].contains(host) ? "docker.io" : host
  }

  /// Every scope that a repository is in, the narrowest first.
  static func all(host: String, path: String) -> [RegistryScope] {
    let host = canonical(host)
    let parts = path.split(separator: "/")
    return (1...max(parts.count, 1)).reversed().map { count in
      RegistryScope(host: host, path: parts.prefix(count).joined(separator: "/"))
    } + [RegistryScope(host: host)]
  }
}
