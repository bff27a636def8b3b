import DeployModel

/// How to speak to each registry. A host that is not named is spoken to over TLS, without
/// credentials.
package struct RegistryAccounts: Sendable {
  package typealias Credentials = RegistryCredentials

  package struct Account: Sendable {
    package var credentials: Credentials?
    /// Plain HTTP.
    package var insecure: Bool

    package init(credentials: Credentials? = nil, insecure: Bool = false) {
      self.credentials = credentials
      self.insecure = insecure
    }
  }

  /// By the host that stands in image references (`docker.io` for Docker Hub).
  package var accounts: [String: Account]
  /// Looked at for what `accounts` has no credentials for.
  package var docker: DockerCredentials?
  /// What credential helpers are run with.
  package var helperEnvironment: [String: String]

  package init(
    _ accounts: [String: Account] = [:], docker: DockerCredentials? = nil,
    helperEnvironment: [String: String] = [:]
  ) {
    self.accounts = accounts
    self.docker = docker
    self.helperEnvironment = helperEnvironment
  }

  func account(for host: String) -> Account { accounts[host] ?? Account() }

  /// What one repository is spoken to with, in this order: what the configuration itself says, the
  /// helper of the registry, the narrowest entry of the file, the file's store.
  func credentials(
    host: String, path: String
  ) async throws(CredentialFault) -> Credentials? {
    if let own = account(for: host).credentials { return own }
    guard let docker else { return nil }
    let canonical = RegistryScope.canonical(host)
    if docker.helpers[canonical] == nil {
      for scope in RegistryScope.all(host: host, path: path) {
        if let credentials = docker.entries[scope] { return credentials }
      }
    }
    return try await ask(docker.helper(for: canonical))
  }

  /// What a builder may sign in with while it works on an image of `repository`: for that, and for
  /// every registry that is named, since base images come from any.
  func known(
    for repository: ImageRepository
  ) async throws(CredentialFault) -> KnownCredentials {
    var known = KnownCredentials()
    let target = RegistryScope.canonical(repository.registry)
    known.target = try await credentials(host: repository.registry, path: repository.path)
      .map { (target, $0) }
    for (host, account) in accounts {
      known.entries[RegistryScope(host: host)] = account.credentials
    }
    guard let docker else { return known }
    let own = Set(accounts.filter { $0.value.credentials != nil }.keys)
    let helped = Set(docker.helpers.keys)
    for (scope, credentials) in docker.entries
    where !own.contains(scope.host) && !helped.contains(scope.host) {
      known.entries[scope] = credentials
    }
    let stored = docker.store == nil ? [] : docker.hosts
    let asked = helped.union(stored).subtracting(own).subtracting([target]).filter {
      known.entries[RegistryScope(host: $0)] == nil
    }
    for (host, answer) in await answers(of: docker, for: asked) {
      switch answer {
      case .success(let credentials): known.entries[RegistryScope(host: host)] = credentials
      case .failure(let fault):
        known.complaints.append("no credentials for \(host): \(fault.message)")
      }
    }
    return known
  }

  private func answers(
    of docker: DockerCredentials, for hosts: Set<String>
  ) async -> [(String, Result<Credentials?, CredentialFault>)] {
    await withTaskGroup(of: (String, Result<Credentials?, CredentialFault>).self) { group in
      for host in hosts {
        group.addTask {
          do throws(CredentialFault) {
            return (host, .success(try await ask(docker.helper(for: host))))
          } catch {
            return (host, .failure(error))
          }
        }
      }
      var answers: [(String, Result<Credentials?, CredentialFault>)] = []
      for await answer in group { answers.append(answer) }
      return answers.sorted { $0.0 < $1.0 }
    }
  }

  private func ask(
    _ helper: DockerCredentials.Helper?
  ) async throws(CredentialFault) -> Credentials? {
    guard let helper else { return nil }
    return try await CredentialHelper(helper: helper, environment: helperEnvironment).get()
  }
}

/// What a builder may sign in with during one call.
struct KnownCredentials: Sendable {
  var entries: [RegistryScope: RegistryCredentials] = [:]
  /// What the image's own repository is signed in to with.
  var target: (host: String, credentials: RegistryCredentials)?
  /// For the build log: a base image may need what could not be had.
  var complaints: [String] = []

  /// For buildah, which looks for the narrowest key itself.
  var byScope: [RegistryScope: RegistryCredentials] {
    var result = entries
    if let target, !result.keys.contains(where: { $0.host == target.host }) {
      result[RegistryScope(host: target.host)] = target.credentials
    }
    return result
  }

  /// For Docker's own programs, which know registries alone.
  var byHost: [RegistryScope: RegistryCredentials] {
    var result = entries.filter { $0.key.path == nil }
    if let target { result[RegistryScope(host: target.host)] = target.credentials }
    return result
  }
}
