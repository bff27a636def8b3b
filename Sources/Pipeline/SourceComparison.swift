package import DeployModel
package import Git

/// What lies between the sources of two deployments.
package struct SourceComparison: Sendable {
  package enum Direction: String, Sendable {
    case same
    /// What is compared with has all of the base, and the commits besides.
    case ahead
    /// It lacks the commits.
    case behind
    /// Each has commits that the other lacks: a rewritten branch.
    case diverged
  }

  package var base: CommitSHA
  package var head: CommitSHA
  package var direction: Direction
  /// Newest first, without Slipway's own. Of a diverged pair those that only the head has.
  package var commits: [CommitDetails]
  /// There are more, older than these.
  package var isTruncated: Bool
}

/// Asks the mirror: a comparison fetches nothing and changes nothing.
package struct SourceComparisons: Sendable {
  let parts: PipelineParts

  /// R12: what a person reads, and what one answer holds.
  private static let most = 250

  @concurrent
  package func compare(
    _ from: DeploymentID, with to: DeploymentID
  ) async throws(Refusal) -> SourceComparison {
    let base = try await source(of: from)
    let head = try await source(of: to)
    guard base.repository == head.repository else {
      throw .unprocessable(
        "\(from) is built from \(base.repository) and \(to) from \(head.repository): "
          + "no commits lie between them")
    }
    guard let repository = parts.configuration.current.repositories[head.repository],
      let mirror = parts.mirrors[head.repository]
    else { throw .unprocessable("the repository \(head.repository) is no longer configured") }
    do {
      for commit in [base.commit, head.commit] where try await !mirror.contains(commit) {
        throw Refusal.unprocessable(
          "\(commit.short()) is no longer known: the branch was rewritten, and it went")
      }
      let direction = try await direction(from: base.commit, to: head.commit, in: mirror)
      let range =
        direction == .behind ? (head.commit, base.commit) : (base.commit, head.commit)
      // One more than is shown tells that there are more.
      let found = try await mirror.commits(from: range.0, to: range.1, limit: Self.most + 1)
      let foreign = ForeignCommits(mirror: mirror, store: parts.store, repository: repository)
      return SourceComparison(
        base: base.commit, head: head.commit, direction: direction,
        commits: try await foreign.among(Array(found.prefix(Self.most))),
        isTruncated: found.count > Self.most)
    } catch let refusal as Refusal {
      throw refusal
    } catch {
      throw .unavailable("the repository \(head.repository) could not be read: \(error)")
    }
  }

  private func source(of id: DeploymentID) async throws(Refusal) -> Source {
    let deployment: Deployment?
    do {
      deployment = try await parts.store.deployment(id)
    } catch {
      throw Refusal(error)
    }
    guard let deployment else { throw .notFound("there is no deployment \(id)") }
    guard let source = deployment.source else {
      throw .unprocessable("the source of \(id) is not known: somebody else made the change")
    }
    return source
  }

  private func direction(
    from base: CommitSHA, to head: CommitSHA, in mirror: Mirror
  ) async throws -> SourceComparison.Direction {
    if base == head { return .same }
    if try await mirror.isAncestor(base, of: head) { return .ahead }
    return try await mirror.isAncestor(head, of: base) ? .behind : .diverged
  }
}
