extension Deployment {
  /// As it was at a step of its timeline, where what came later is known to be later. What a stage
  /// brings (image, manifest commit) stays.
  package func asOf(_ step: Transition) -> Deployment {
    guard step.state != state || step.at != updatedAt else { return self }
    var then = self
    then.state = step.state
    then.updatedAt = step.at
    then.finishedAt = step.state.isFinal ? step.at : nil
    if step.state != .live { then.recovered = false }
    if step.state != .superseded { then.supersededBy = nil }
    if step.state != .failed { then.failure = nil }
    return then
  }
}
