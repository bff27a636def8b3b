package import DeployModel
import Git

/// `POST /api/v1/plan`: which services a push would deploy, and which file and pattern says so.
package struct PlanRequest: Sendable {
  package var repository: RepositoryName
  package var before: CommitSHA
  package var after: CommitSHA

  package init(repository: RepositoryName, before: CommitSHA, after: CommitSHA) {
    self.repository = repository
    self.before = before
    self.after = after
  }
}

package struct Plan: Sendable {
  package var base: CommitSHA?
  package var after: CommitSHA
  package var files: [String]
  package var matches: [ServiceMatch]
}

package struct Planner: Sendable {
  let parts: PipelineParts

  /// Changes nothing but the mirror, which is a cache.
  @concurrent
  package func plan(_ request: PlanRequest) async throws(Refusal) -> Plan {
    let configuration = parts.configuration.current
    guard let repository = configuration.repositories[request.repository],
      let mirror = parts.mirrors[request.repository]
    else { throw .notFound("there is no repository \(request.repository)") }
    let target = RepositoryBranch(repository: repository.name, branch: repository.branch)
    do {
      // Whoever may read may ask, as often as they like: what is here is not fetched for it (R12).
      for commit in [request.before, request.after] where !commit.isZero {
        guard try await !mirror.has(commit) else { continue }
        _ = try await mirror.fetch(repository.branch)
        break
      }
      guard try await mirror.contains(request.after) else {
        throw Refusal.unprocessable("\(request.after) is not a commit of \(repository.name)")
      }
      var isKnown = false
      // Asked of the mirror alone: a question fetches nothing that stays.
      if !request.before.isZero { isKnown = try await mirror.contains(request.before) }
      let step = PushPlan.Step(
        cause: .push, base: isKnown ? request.before : nil, after: request.after)
      let evaluation = StepEvaluation(
        step: step, target: target, mirror: mirror, store: parts.store,
        configuration: configuration)
      return Plan(
        base: step.base, after: request.after,
        files: try await evaluation.foreignFiles(), matches: try await evaluation.matches())
    } catch let refusal as Refusal {
      throw refusal
    } catch {
      throw .unavailable("the repository \(repository.name) could not be read: \(error)")
    }
  }
}
