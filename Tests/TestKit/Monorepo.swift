import Foundation

/// A bare remote and a developer's clone of it: services in directories of their own, each with a
/// Dockerfile that builds offline and a kustomization.
package struct Monorepo: Sendable {
  package let directory: TemporaryDirectory
  package let services: [String]
  package let registry: String

  package var origin: String { directory.appending("origin.git") }
  package var work: String { directory.appending("work") }
  package var url: String { "file://\(origin)" }

  package init(directory: TemporaryDirectory, services: [String], registry: String) {
    self.directory = directory
    self.services = services
    self.registry = registry
  }

  package static func make(services: [String], registry: String) async throws -> Monorepo {
    let repository = Monorepo(
      directory: try TemporaryDirectory(), services: services, registry: registry)
    try await shell("git", "init", "-q", "--bare", "-b", "main", repository.origin)
    try await shell("git", "clone", "-q", repository.origin, repository.work)
    try await shell("git", "checkout", "-q", "-B", "main", in: repository.work)
    for service in services {
      try repository.write("FROM scratch\nCOPY VERSION /VERSION\n", to: "\(service)/Dockerfile")
      try repository.write("0\n", to: "\(service)/VERSION")
      try repository.write(
        kustomization(of: service, registry), to: "k8s/\(service)/kustomization.yaml")
      try repository.write(deployment(of: service, registry), to: "k8s/\(service)/deployment.yaml")
    }
    try await repository.commit("feat: begin")
    return repository
  }

  package func write(_ text: String, to path: String) throws {
    try directory.write(text, to: "work/\(path)")
  }

  package func read(_ path: String) throws -> String {
    try String(contentsOfFile: "\(work)/\(path)", encoding: .utf8)
  }

  /// Commits everything and pushes, rebasing onto what others pushed meanwhile.
  @discardableResult
  package func commit(_ message: String) async throws -> String {
    try await shell("git", "add", "-A", in: work)
    try await shell(
      "git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "-q",
      "--allow-empty", "-m", message, in: work)
    for _ in 0..<50 {
      do {
        try await shell("git", "push", "-q", "origin", "HEAD:main", in: work)
        return try await shell("git", "rev-parse", "HEAD", in: work)
      } catch {
        try await shell(
          "git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "pull", "-q",
          "--rebase", "origin", "main", in: work)
      }
    }
    throw ShellFailure("the push kept losing its race")
  }

  /// Bumps the VERSION of these services in one commit; returns (before, after).
  package func change(
    _ changed: [String], to version: String, message: String? = nil
  ) async throws -> (String, String) {
    try await pull()
    let before = try await tip()
    for service in changed { try write("\(version)\n", to: "\(service)/VERSION") }
    return (before, try await commit(message ?? "feat: \(version)"))
  }

  /// What somebody else does by hand: his commit, on the newest tip, pushed.
  @discardableResult
  package func edit(
    _ path: String, as person: String = "Eve", _ change: (String) throws -> String
  ) async throws -> String {
    try await pull()
    try write(try change(try read(path)), to: path)
    return try await commit(as: person, "chore: by hand")
  }

  /// Points a service's entry to another tag, as `kustomize edit set image` would.
  @discardableResult
  package func setTag(
    of service: String, to tag: String, as person: String = "Eve"
  ) async throws -> String {
    try await edit("k8s/\(service)/kustomization.yaml", as: person) { text in
      text.split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.contains("newTag:") ? "  newTag: \"\(tag)\"" : String($0) }
        .joined(separator: "\n")
    }
  }

  /// `git revert`, pushed.
  @discardableResult
  package func revert(_ commit: String, as person: String = "Eve") async throws -> String {
    try await pull()
    try await shell(
      "git", "-c", "user.name=\(person)", "-c", "user.email=\(person)@example.com", "revert",
      "--no-edit", commit, in: work)
    try await shell("git", "push", "-q", "origin", "HEAD:main", in: work)
    return try await tip()
  }

  /// A force push that leaves the branch at an earlier commit.
  package func rewind(to commit: String) async throws {
    try await shell("git", "--git-dir", origin, "update-ref", "refs/heads/main", commit)
    try await shell("git", "fetch", "-q", "origin", in: work)
    try await shell("git", "reset", "-q", "--hard", commit, in: work)
  }

  @discardableResult
  private func commit(as person: String, _ message: String) async throws -> String {
    try await shell("git", "add", "-A", in: work)
    try await shell(
      "git", "-c", "user.name=\(person)", "-c", "user.email=\(person)@example.com", "commit", "-q",
      "-m", message, in: work)
    try await shell("git", "push", "-q", "origin", "HEAD:main", in: work)
    return try await tip()
  }

  package func pull() async throws {
    try await shell("git", "pull", "-q", "--ff-only", "origin", "main", in: work)
  }

  package func tip() async throws -> String {
    try await shell("git", "--git-dir", origin, "rev-parse", "refs/heads/main")
  }

  package func file(_ path: String) async throws -> String {
    try await shell("git", "--git-dir", origin, "show", "main:\(path)")
  }

  package func subjects() async throws -> [String] {
    try await shell("git", "--git-dir", origin, "log", "--format=%s", "main")
      .split(separator: "\n").map(String.init)
  }

  /// Manifest commits by the deployment that their trailer names.
  package func deploymentsInGit() async throws -> [String] {
    try await shell(
      "git", "--git-dir", origin, "log", "--format=%(trailers:key=Deployment,valueonly)", "main"
    )
    .split(separator: "\n").map(String.init).filter { !$0.isEmpty }
  }

  package func isLinear() async throws -> Bool {
    try await shell("git", "--git-dir", origin, "rev-list", "--merges", "main").isEmpty
  }
}

private func kustomization(of service: String, _ registry: String) -> String {
  """
  apiVersion: kustomize.config.k8s.io/v1beta1
  kind: Kustomization

  resources:
  - deployment.yaml

  images:
  - name: \(registry)/\(service)
    newName: \(registry)/\(service)
    newTag: "0000000"

  """
}

private func deployment(of service: String, _ registry: String) -> String {
  """
  apiVersion: apps/v1
  kind: Deployment
  metadata: { name: \(service) }
  spec:
    selector: { matchLabels: { app: \(service) } }
    template:
      metadata: { labels: { app: \(service) } }
      spec:
        containers:
        - name: \(service)
          image: \(registry)/\(service):latest

  """
}
