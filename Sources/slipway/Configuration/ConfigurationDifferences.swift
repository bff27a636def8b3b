import DeployModel

/// What a reload changes.
struct ConfigurationDifferences: Hashable, Sendable {
  var added: Set<ServiceName> = []
  var removed: Set<ServiceName> = []
  var changed: Set<ServiceName> = []
  var repositoriesChanged: Set<RepositoryName> = []
  /// Keys whose new value a running server cannot take, such as `server.listen`.
  var needsRestart: [String] = []

  var isEmpty: Bool {
    added.isEmpty && removed.isEmpty && changed.isEmpty && repositoriesChanged.isEmpty
      && needsRestart.isEmpty
  }
}

extension Configuration {
  func differences(from old: Configuration) -> ConfigurationDifferences {
    var result = ConfigurationDifferences()
    let (before, now) = (Set(old.services.keys), Set(services.keys))
    result.added = now.subtracting(before)
    result.removed = before.subtracting(now)
    result.changed = now.intersection(before).filter { name in
      services[name] != old.services[name] || buildSecrets[name] != old.buildSecrets[name]
    }
    result.repositoriesChanged = Set(old.repositories.keys).union(repositories.keys).filter {
      repositories[$0] != old.repositories[$0]
    }
    let fixed: [(String, Bool)] = [
      ("server.listen", server.listen == old.server.listen),
      ("server.tls", server.tls.isEmpty == old.server.tls.isEmpty),
      ("server.trustedProxies", server.trustedProxies == old.server.trustedProxies),
      ("server.limits", server.limits == old.server.limits),
      ("state.directory", state.directory == old.state.directory),
      ("state.postgres", state.postgres == old.state.postgres),
      ("builder (all but concurrency and timeout)", builder.engine == old.builder.engine),
      ("logging", logging == old.logging),
    ]
    result.needsRestart = fixed.filter { !$0.1 }.map(\.0)
    return result
  }
}
