import DeployModel
import Git

/// Steps of one branch, evaluated in their order: what they trigger, and where the cursor ends.
struct StepsEvaluation {
  /// Nil where no delivery tells of them: each step is a catch-up.
  let push: PendingPush?
  let target: RepositoryBranch
  let mirror: Mirror
  let store: any DeploymentStore
  let configuration: PipelineConfiguration
  let now: Timestamp

  func evaluate(_ steps: [PushPlan.Step], cursor: CommitSHA?) async throws -> Evaluation {
    var evaluation = Evaluation(
      target: target, delivery: push?.delivery, cursorBefore: cursor,
      cursorAfter: steps.last?.after, outcome: .noneMatched, reason: "", matches: [],
      triggers: [], at: now)
    var verdicts: [StepVerdict] = []
    for step in steps {
      let verdict = try await StepEvaluation(
        step: step, target: target, mirror: mirror, store: store,
        configuration: configuration
      ).verdict()
      verdicts.append(verdict)
      add(verdict, of: step, to: &evaluation)
    }
    for (service, commit) in newest(in: evaluation) {
      evaluation.carriers[service] = try await carriers(of: commit, for: service)
    }
    if let last = verdicts.last {
      evaluation.matches = last.matches
      evaluation.outcome = last.outcome
      evaluation.reason = last.reason
    }
    if !evaluation.triggers.isEmpty, evaluation.outcome != .deployed {
      evaluation.outcome = .deployed
      evaluation.reason += "; a push that was missed before it was caught up"
    }
    return evaluation
  }

  private func newest(in evaluation: Evaluation) -> [ServiceName: CommitSHA] {
    var newest: [ServiceName: CommitSHA] = [:]
    for trigger in evaluation.triggers { newest[trigger.service] = trigger.source.commit }
    return newest.merging(evaluation.skipped.mapValues(\.commit)) { _, skipped in skipped }
  }

  /// R14: a deployment by hand, somebody's change in git, or after a force push an earlier push, may have
  /// brought before what is evaluated only now.
  private func carriers(
    of commit: CommitSHA, for service: ServiceName
  ) async throws -> Evaluation.Carriers {
    let state = try await store.serviceState(service)
    let candidates = state.inFlight + [state.held, state.current?.deployment].compactMap { $0 }
    var found: [DeploymentID] = []
    for id in candidates {
      guard let source = try await store.deployment(id)?.source?.commit else { continue }
      // It is older, as nearly always, and the answer is near.
      if source != commit, try await mirror.descends(commit, from: source) { continue }
      if try await mirror.descends(source, from: commit) { found.append(id) }
    }
    return Evaluation.Carriers(deployments: found, lastNumber: state.lastNumber)
  }

  /// What an earlier step skipped, a later one deploys.
  private func add(
    _ verdict: StepVerdict, of step: PushPlan.Step, to evaluation: inout Evaluation
  ) {
    guard let source = verdict.source else { return }
    let triggered = verdict.matches.filter(\.triggered)
    if verdict.outcome == .skipped {
      for match in triggered {
        evaluation.skipped[match.service] = BehindRule.Wanted(
          commit: source.commit, since: now, reason: verdict.reason)
      }
      return
    }
    let pushed = step.cause == .push ? push : nil
    for match in triggered {
      evaluation.skipped[match.service] = nil
      evaluation.triggers.append(
        ServiceTrigger(
          service: match.service, cause: step.cause, actor: pushed?.event.pusher ?? "slipway",
          reason: match.reason, source: source,
          trigger: match.file.map { file in
            DeploymentTrigger(
              delivery: pushed?.delivery, file: file, pattern: match.pattern ?? "")
          }))
    }
  }
}
