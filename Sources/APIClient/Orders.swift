// What is asked for: the request bodies of openapi.yaml. What is nil is left out.

package struct ReasonOrder: Encodable, Sendable {
  package var reason: String?

  package init(reason: String?) { self.reason = reason }
}

package struct DeployOrder: Encodable, Sendable {
  package var ref: String?
  package var rebuild: Bool
  package var overrideHold: Bool
  package var offBranch: Bool
  package var reason: String
  var dryRun: Bool?

  package init(
    ref: String?, rebuild: Bool, overrideHold: Bool, offBranch: Bool, reason: String
  ) {
    self.ref = ref
    self.rebuild = rebuild
    self.overrideHold = overrideHold
    self.offBranch = offBranch
    self.reason = reason
  }
}

package struct RollbackOrder: Encodable, Sendable {
  /// `argocd` or `kubernetes`; nil: through git.
  package var strategy: String?
  package var to: String?
  package var hold: String?
  package var acceptMigrations: Bool
  package var reason: String
  var dryRun: Bool?

  package init(
    strategy: String? = nil, to: String?, hold: String?, acceptMigrations: Bool, reason: String
  ) {
    self.strategy = strategy
    self.to = to
    self.hold = hold
    self.acceptMigrations = acceptMigrations
    self.reason = reason
  }
}

package struct HoldOrder: Encodable, Sendable {
  package var until: String?
  package var reason: String

  package init(until: String?, reason: String) {
    self.until = until
    self.reason = reason
  }
}

package struct PlanOrder: Encodable, Sendable {
  package var repository: String
  package var before: String
  package var after: String

  package init(repository: String, before: String, after: String) {
    self.repository = repository
    self.before = before
    self.after = after
  }
}
