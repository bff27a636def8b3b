package import DeployModel
import Logging

/// A rollback past git, for emergencies: Argo CD or Kubernetes bring back what they had, and git goes on
/// naming what it names.
package struct DirectRollbackRequest: Sendable {
  package enum Strategy: String, Sendable { case argocd, kubernetes }

  package var service: ServiceName
  package var strategy: Strategy
  /// An id of Argo CD's history, or a revision of the Deployment; nil: the one before.
  package var target: Int?
  package var hold: RollbackRequest.HoldChoice
  package var acceptMigrations: Bool
  package var reason: String
  package var actor: String

  package init(
    service: ServiceName, strategy: Strategy, target: Int?, hold: RollbackRequest.HoldChoice,
    acceptMigrations: Bool, reason: String, actor: String
  ) {
    self.service = service
    self.strategy = strategy
    self.target = target
    self.hold = hold
    self.acceptMigrations = acceptMigrations
    self.reason = reason
    self.actor = actor
  }
}

/// What was done, or would be.
package struct DirectRollbackOutcome: Sendable {
  package struct Step: Sendable {
    package var place: RolloutPlace
    /// Ids of the history, or revisions.
    package var from: Int?
    package var to: Int
    /// What comes back: images of the Deployment, or commits of the application.
    package var brings: [String]
    /// What was said of it; empty where nothing was done.
    package var said: String
  }

  package var strategy: DirectRollbackRequest.Strategy
  package var service: ServiceName
  package var steps: [Step]
  /// The one that was asked for, or that stood and lasts as long at least.
  package var hold: RollbackRequest.HoldChoice
  /// The deployment whose image comes back: what a rollback through git has to go to, so that git
  /// follows; nil where it is none of Slipway's.
  package var follow: Deployment?
  package var migrations: [String]
  package var warnings: [String]
}

/// R9 without git. 1. What to go back to is found, and whether that crosses migrations. 2. The hold
/// comes first: a push that lands in between would undo it. 3. It is done in every place. 4. Git still
/// names the other image, and whoever asked is told what that means.
package struct DirectRollback: Sendable {
  let parts: PipelineParts
  let rollback: Rollback
  let holds: Holds

  package func preview(
    _ request: DirectRollbackRequest
  ) async throws(Refusal) -> DirectRollbackOutcome {
    try await plan(request)
  }

  package func request(
    _ request: DirectRollbackRequest
  ) async throws(Refusal) -> DirectRollbackOutcome {
    var outcome = try await plan(request)
    if !request.acceptMigrations, !outcome.migrations.isEmpty {
      throw .conflict(
        "migrations changed in between; the older image may not run on the newer schema. Say "
          + "acceptMigrations: true to go on", files: outcome.migrations)
    }
    let held = try await hold(request)
    let trouble = await perform(&outcome.steps)
    if let trouble, outcome.steps.allSatisfy(\.said.isEmpty) {
      if let held { await takeBack(held, request) }
      throw Refusal(trouble)
    }
    await note(request, outcome, trouble)
    parts.events.publish(.service(request.service))
    if let trouble { throw unsettled(outcome, trouble) }
    return outcome
  }

  // MARK: The plan

  private func plan(
    _ request: DirectRollbackRequest
  ) async throws(Refusal) -> DirectRollbackOutcome {
    guard let service = parts.configuration.current.services[request.service] else {
      throw .notFound("there is no service \(request.service)")
    }
    let plan: DirectRollbackPlan
    switch request.strategy {
    case .argocd: plan = try await DirectRollbackPlan.argocd(service, request.target, parts)
    case .kubernetes: plan = try await DirectRollbackPlan.kubernetes(service, request.target, parts)
    }
    var migrations: [String] = []
    if !request.acceptMigrations {
      migrations = try await self.migrations(of: service, to: plan.follow)
      for (other, follow) in plan.others {
        let crossed = try await self.migrations(of: other, to: follow)
        migrations += crossed.filter { !migrations.contains($0) }
      }
    }
    return DirectRollbackOutcome(
      strategy: request.strategy, service: service.name, steps: plan.steps,
      hold: try await standing(on: service.name)?.covers(request.hold) ?? request.hold,
      follow: plan.follow, migrations: migrations, warnings: plan.warnings)
  }

  private func migrations(
    of service: Service, to target: Deployment?
  ) async throws(Refusal) -> [String] {
    guard service.migrations != nil else { return [] }
    guard let target else {
      throw .conflict(
        "whether migrations lie in between cannot be found out, for what comes back of \(service.name) "
          + "is no deployment of Slipway's. Say acceptMigrations: true to go on")
    }
    do {
      let current = try await parts.store.serviceState(service.name).current
      return try await rollback.migrations(of: service, from: current?.sourceCommit, to: target)
    } catch let error as Refusal {
      throw error
    } catch let error as StoreError {
      throw Refusal(error)
    } catch {
      throw .bug("\(error)")
    }
  }

  // MARK: Doing it

  /// - Returns: why it did not come to the end. Whoever did not answer may have done it.
  private func perform(_ steps: inout [DirectRollbackOutcome.Step]) async -> RolloutError? {
    for index in steps.indices {
      do throws(RolloutError) {
        steps[index].said = try await perform(steps[index])
      } catch {
        if error.kind == .unavailable { steps[index].said = "it is not known whether it has begun" }
        return error
      }
    }
    return nil
  }

  private func unsettled(
    _ outcome: DirectRollbackOutcome, _ trouble: RolloutError
  ) -> Refusal {
    let steps = outcome.steps.map { step in
      "\(step.place.name): \(step.said.isEmpty ? "nothing was done" : step.said)"
    }
    return .unsettled(
      "\(steps.joined(separator: "; ")). \(trouble.message). A hold that was asked for stays. Look at the "
        + "rollout before you ask again: “the one before” may be another by now")
  }

  private func perform(_ step: DirectRollbackOutcome.Step) async throws(RolloutError) -> String {
    switch step.place {
    case .application(let application):
      try await parts.rollouts.rollback(application, to: step.to)
      return "Argo CD has begun"
    case .workload(let deployment):
      return try await parts.workloads.undo(deployment, to: step.to)
    }
  }

  /// What was placed.
  private struct Held {
    var sequence: Int64?
    /// The one that it replaced.
    var before: Hold?
  }

  /// - Returns: nil where none was asked for, or where one that lasts as long at least stays.
  private func hold(_ request: DirectRollbackRequest) async throws(Refusal) -> Held? {
    let length: Holds.Length
    switch request.hold {
    case .untilReleased: length = .released
    case .untilNextPush: length = .nextPush
    case .none: return nil
    }
    let before = try await standing(on: request.service)
    guard before?.covers(request.hold) == nil else { return nil }
    let sequence = try await holds.place(
      on: request.service, until: length,
      reason: "rolled back through \(request.strategy.name): \(request.reason)",
      actor: request.actor)
    return Held(sequence: sequence, before: before)
  }

  private func standing(on service: ServiceName) async throws(Refusal) -> Hold? {
    do throws(StoreError) {
      let hold = try await parts.store.serviceState(service).hold
      return hold?.isInForce(at: parts.clock.now()) == true ? hold : nil
    } catch {
      throw Refusal(error)
    }
  }

  /// Another that somebody placed meanwhile stays.
  private func takeBack(_ held: Held, _ request: DirectRollbackRequest) async {
    do {
      if let before = held.before {
        try await parts.store.placeHold(before, on: request.service, replacing: held.sequence)
        parts.events.publish(.service(request.service))
      } else {
        _ = try await holds.release(
          request.service, onlyIf: held.sequence, reason: "nothing was rolled back",
          actor: request.actor)
      }
    } catch {
      parts.logger.error(
        "a hold stays although nothing was rolled back: release it",
        metadata: ["service": "\(request.service)", "error": "\(error)"])
    }
  }

  /// In the timeline of what git names, for whoever wonders why something else runs.
  private func note(
    _ request: DirectRollbackRequest, _ outcome: DirectRollbackOutcome, _ trouble: RolloutError?
  ) async {
    let brings = outcome.steps.filter { !$0.said.isEmpty }.flatMap(\.brings)
    let did = trouble == nil ? "went back" : "began to go back"
    let details = outcome.warnings + (trouble.map { [$0.message] } ?? [])
    do {
      guard let current = try await parts.store.serviceState(request.service).current?.deployment
      else { return }
      try await parts.store.note(
        current,
        "\(request.actor) \(did) to \(brings.joined(separator: ", ")) through "
          + "\(request.strategy.name): \(request.reason)",
        details: details.joined(separator: "\n"), at: parts.clock.now())
    } catch {
      parts.logger.error(
        "a rollback was not noted",
        metadata: ["service": "\(request.service)", "error": "\(error)"])
    }
  }
}

extension Hold {
  /// What it is as a choice, where it lasts at least as long as the one that is asked for.
  fileprivate func covers(_ choice: RollbackRequest.HoldChoice) -> RollbackRequest.HoldChoice? {
    switch (until, choice) {
    case (.released, .untilReleased), (.released, .untilNextPush): .untilReleased
    case (.nextPush, .untilNextPush): .untilNextPush
    case (.nextPush, .untilReleased), (.time, _), (_, .none): nil
    }
  }
}

extension DirectRollbackRequest.Strategy {
  package var name: String {
    switch self {
    case .argocd: "Argo CD"
    case .kubernetes: "Kubernetes"
    }
  }
}
