import DeployModel

/// What is said on GitHub has to be said by somebody, and by one service alone.
extension ConfigurationChecks {
  func checkRequiredContexts() {
    for repository in repositories.values.sorted(by: { $0.position < $1.position }) {
      let name = repository.settings.name
      let contexts = services.values.filter { $0.repository == name }
        .map { CommitStatus.context(of: $0.name) }
      for context in repository.requiredContexts where !contexts.contains(context.value) {
        let guess =
          nearestName(to: context.value, among: contexts).map { "; did you mean `\($0)`?" } ?? ""
        reader.error(
          at: context.position,
          "`repositories.\(name).github.requiredContexts` lists `\(context.value.shown)`, which is "
            + "not `slipway/` and a service that builds from \(name)\(guess)")
      }
    }
  }

  /// GitHub makes what was a success in an environment inactive when there is another one.
  func checkEnvironments() {
    var seen: [String: Service] = [:]
    for service in services.values.sorted(by: { $0.name < $1.name }) {
      guard repositories[service.repository]?.settings.github.deployments == true else { continue }
      let environment =
        service.environment ?? EnvironmentDeployment.usualEnvironment(of: service.name)
      let key = "\(service.repository) \(environment)"
      guard let first = seen[key] else {
        seen[key] = service
        continue
      }
      reader.error(
        at: position(ofEnvironmentOf: service.name, or: first.name),
        "the services `\(first.name)` and `\(service.name)` have the environment "
          + "`\(environment.shown)`, and GitHub deployments are on: give each its own, or a success "
          + "of one would end the other's")
    }
  }
}
