import DeployModel
import Git
import Logging

/// What a rollback past git goes back to.
struct DirectRollbackPlan {
  var steps: [DirectRollbackOutcome.Step]
  var follow: Deployment?
  /// Services of the same applications, with what comes back of each: nil where it is none of
  /// Slipway's.
  var others: [(service: Service, follow: Deployment?)] = []
  var warnings: [String]

  private static let gitStays =
    "git still names what was deployed: the next manifest commit brings it back, unless git follows"

  // MARK: Argo CD

  /// Argo CD refuses it beside auto-sync, and would be right: auto-sync would undo it.
  static func argocd(
    _ service: Service, _ target: Int?, _ parts: PipelineParts
  ) async throws(Refusal) -> DirectRollbackPlan {
    guard !service.argocd.isEmpty else {
      throw .unprocessable("no application of Argo CD is configured for \(service.name)")
    }
    guard target == nil || service.argocd.count == 1 else {
      throw .unprocessable(
        "\(service.name) has \(service.argocd.count) applications, and each counts its own history: "
          + "leave `to` out, or go back through git")
    }
    let landed = try await landed(service, parts)
    var plan = DirectRollbackPlan(
      steps: [],
      warnings: [
        gitStays,
        "hooks do not run in a rollback of Argo CD's, a migration before the sync neither",
      ])
    for application in service.argocd {
      let (step, leaves) = try await step(application, target, landed, parts)
      plan.steps.append(step)
      try await plan.addOthers(than: service, in: application, from: leaves, to: step.brings, parts)
    }
    plan.follow = await deployment(at: plan.steps.first?.brings ?? [], in: landed, parts)
    return plan
  }

  /// Argo CD brings all of an application back: the other services of it as well.
  private mutating func addOthers(
    than service: Service, in application: ArgoCDApplication, from leaves: [String],
    to brings: [String], _ parts: PipelineParts
  ) async throws(Refusal) {
    let others = parts.configuration.current.services.values
      .filter { $0.name != service.name && $0.argocd.contains(application) }
    for other in others.sorted(by: { $0.name < $1.name }) {
      let landed = try await Self.landed(other, parts)
      let now = await Self.deployment(at: leaves, in: landed, parts)
      let then = await Self.deployment(at: brings, in: landed, parts)
      guard let now, now.id != then?.id else { continue }
      self.others.append((other, then))
      warnings.append(
        "\(other.name), of the same application \(application.application), goes back as well: from "
          + "\(now.id) to \(then.map { "\($0.id)" } ?? "what Slipway did not deploy")")
    }
  }

  /// - Returns: with the revisions that it leaves.
  private static func step(
    _ application: ArgoCDApplication, _ target: Int?, _ landed: [Deployment],
    _ parts: PipelineParts
  ) async throws(Refusal) -> (DirectRollbackOutcome.Step, leaves: [String]) {
    let name = application.application
    let rollout: Rollout
    do throws(RolloutError) {
      rollout = try await parts.rollouts.rollout(of: application, refreshing: false, pods: false)
    } catch {
      throw Refusal(error)
    }
    guard !rollout.isAutoSynced else {
      throw .conflict(
        "auto-sync of the application \(name) is on: Argo CD refuses to roll back, and would sync what "
          + "git says at once. Go back through git (strategy: git), or switch auto-sync off first")
    }
    guard !rollout.isOperationAsked, rollout.operation?.phase != .running else {
      throw .conflict("another operation of the application \(name) is in progress")
    }
    let current = rollout.history.last
    let entry: Rollout.HistoryEntry?
    if let target {
      entry = rollout.history.first { $0.id == target }
    } else {
      entry = await entryBefore(rollout.history, landed, parts)
    }
    guard let entry else {
      throw .unprocessable(
        target.map { "the history of the application \(name) has no id \($0)" }
          ?? "the history of the application \(name) has nothing earlier")
    }
    guard entry.id != current?.id else {
      throw .conflict("the application \(name) is at \(entry.id) of its history already")
    }
    let step = DirectRollbackOutcome.Step(
      place: .application(application), from: current?.id, to: entry.id, brings: entry.revisions,
      said: "")
    return (step, current?.revisions ?? [])
  }

  /// The newest at which the service had another deployment: what other services of the application
  /// committed in between moves its revision, and nothing of this service.
  private static func entryBefore(
    _ history: [Rollout.HistoryEntry], _ landed: [Deployment], _ parts: PipelineParts
  ) async -> Rollout.HistoryEntry? {
    guard let current = history.last else { return nil }
    let now = await deployment(at: current.revisions, in: landed, parts)
    for entry in history.dropLast().reversed() where entry.revisions != current.revisions {
      let then = await deployment(at: entry.revisions, in: landed, parts)
      if now == nil || then?.id != now?.id { return entry }
    }
    return nil
  }

  /// The newest whose manifest commit one of these revisions has.
  private static func deployment(
    at revisions: [String], in landed: [Deployment], _ parts: PipelineParts
  ) async -> Deployment? {
    let commits = revisions.compactMap { CommitSHA($0) }
    for deployment in landed {
      guard let manifest = deployment.manifestCommit, let location = deployment.location,
        let mirror = parts.mirrors[location.repository]
      else { continue }
      for commit in commits {
        if commit == manifest { return deployment }
        do {
          if try await mirror.descends(commit, from: manifest) { return deployment }
        } catch {
          parts.logger.notice(
            "ancestry is not known", metadata: ["revision": "\(commit)", "error": "\(error)"])
        }
      }
    }
    return nil
  }

  /// Far more than Argo CD or Kubernetes keep.
  private static let historyDepth = 200

  private static func landed(
    _ service: Service, _ parts: PipelineParts
  ) async throws(Refusal) -> [Deployment] {
    do throws(StoreError) {
      return try await parts.store.landed(service.name, limit: historyDepth)
    } catch {
      throw Refusal(error)
    }
  }

  // MARK: Kubernetes

  static func kubernetes(
    _ service: Service, _ target: Int?, _ parts: PipelineParts
  ) async throws(Refusal) -> DirectRollbackPlan {
    guard let place = service.kubernetes else {
      throw .unprocessable("no Deployment of Kubernetes is configured for \(service.name)")
    }
    let workload: Workload
    do throws(RolloutError) {
      workload = try await parts.workloads.workload(place, inFull: true)
    } catch {
      throw Refusal(error)
    }
    let name = workload.name
    guard !workload.isPaused else {
      throw .conflict("the Deployment \(name) is paused: resume it first")
    }
    let revision: Workload.Revision?
    if let target {
      revision = workload.history.first { $0.number == target }
    } else {
      revision = workload.history.first { $0.number != workload.revision }
    }
    guard let revision else {
      throw .unprocessable(
        target.map { "the Deployment \(name) has no revision \($0)" }
          ?? "the Deployment \(name) has no earlier revision")
    }
    guard revision.number != workload.revision else {
      throw .conflict("the Deployment \(name) is at revision \(revision.number) already")
    }
    return DirectRollbackPlan(
      steps: [
        DirectRollbackOutcome.Step(
          place: .workload(place), from: workload.revision, to: revision.number,
          brings: revision.images, said: "")
      ],
      follow: deployment(running: revision.images, in: try await landed(service, parts)),
      warnings: await warnings(service, parts))
  }

  private static func deployment(
    running images: [String], in landed: [Deployment]
  ) -> Deployment? {
    landed.first { deployment in
      deployment.image.map { image in images.contains { image.isNamed(by: $0) } } ?? false
    }
  }

  private static func warnings(_ service: Service, _ parts: PipelineParts) async -> [String] {
    var warnings = [gitStays]
    for application in service.argocd {
      do throws(RolloutError) {
        let rollout = try await parts.rollouts.rollout(
          of: application, refreshing: false, pods: false)
        if rollout.isSelfHealed {
          warnings.append(
            "self-heal of the application \(application.application) is on: Argo CD undoes this within "
              + "seconds, unless git follows at once")
        }
      } catch {
        warnings.append(
          "whether Argo CD undoes this by itself is not known: \(error.message)")
      }
    }
    return warnings
  }
}
