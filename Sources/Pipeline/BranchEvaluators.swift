import DeployModel

/// One evaluator for each branch that has had a push.
actor BranchEvaluators {
  private let parts: PipelineParts
  private let watch: GitWatch
  private let concluded: @Sendable (EvaluationResult) async -> Void
  private var evaluators: [RepositoryBranch: BranchEvaluator] = [:]

  init(
    parts: PipelineParts, watch: GitWatch,
    concluded: @escaping @Sendable (EvaluationResult) async -> Void
  ) {
    self.parts = parts
    self.watch = watch
    self.concluded = concluded
  }

  func wake(_ target: RepositoryBranch) async { await evaluator(of: target).wake() }

  func look(at target: RepositoryBranch, tip: CommitSHA) async {
    await evaluator(of: target).look(at: tip)
  }

  private func evaluator(of target: RepositoryBranch) -> BranchEvaluator {
    let evaluator =
      evaluators[target]
      ?? BranchEvaluator(target: target, parts: parts, watch: watch, concluded: concluded)
    evaluators[target] = evaluator
    return evaluator
  }
}
