import DeployModel
import Git
import Logging
import Manifests

/// R14: what one branch says of its services, compared with the record, once.
struct BranchComparison {
  let parts: PipelineParts
  let target: RepositoryBranch
  let mirror: Mirror
  let pushers: [CommitSHA: String]
  let changed: @Sendable (ServiceName) -> Void

  struct Result {
    /// The tip that was compared.
    var tip: CommitSHA?
    /// To be looked at again, whether git changes or not.
    var unsettled: Set<ServiceName>
    /// Those of them whose record does not say yet what counts.
    var unclear: Set<ServiceName> = []
  }

  /// 1. The record is read. 2. If git says less than the record, or than was seen before, the tip may
  /// be an old one; the branch is fetched again, after the record was read, and then it is gone
  /// indeed. 3. Each service for itself: what is wrong with one holds up no other.
  ///
  /// - Parameters:
  ///   - suspects: of `services`, those that may differ.
  ///   - seen: a tip that the branch had before, if this one is not known to descend from it.
  func compare(
    _ suspects: [Service], of services: [Service], at tip: CommitSHA, _ seen: CommitSHA?,
    _ reader: inout EntryReader
  ) async throws -> Result {
    let states = try await states(of: suspects)
    let missing = try await missing(states, and: seen, at: tip)
    guard missing else { return try await compare(suspects, states, at: tip, &reader) }
    let all = try await self.states(of: services)
    guard let fresh = try await mirror.fetch(target.branch) else {
      return Result(tip: nil, unsettled: Set(services.map(\.name)))
    }
    return try await compare(services, all, at: fresh, &reader)
  }

  private func states(
    of services: [Service]
  ) async throws(StoreError) -> [ServiceName: ServiceState] {
    var states: [ServiceName: ServiceState] = [:]
    for service in services {
      states[service.name] = try await parts.store.serviceState(service.name)
    }
    return states
  }

  /// Whether something that was on the branch is not on it at `tip`.
  private func missing(
    _ states: [ServiceName: ServiceState], and seen: CommitSHA?, at tip: CommitSHA
  ) async throws -> Bool {
    var heads = Set(states.values.compactMap { $0.current?.manifestCommit })
    if let seen { heads.insert(seen) }
    return try await present(heads, at: tip).count < heads.count
  }

  private func present(
    _ commits: Set<CommitSHA>, at tip: CommitSHA
  ) async throws -> Set<CommitSHA> {
    // One that has just landed is near the tip.
    if commits.count == 1, let commit = commits.first {
      return try await mirror.descends(tip, from: commit) ? commits : []
    }
    return commits.isEmpty ? [] : try await mirror.ancestors(among: Array(commits), of: tip)
  }

  private func compare(
    _ services: [Service], _ states: [ServiceName: ServiceState], at tip: CommitSHA,
    _ reader: inout EntryReader
  ) async throws -> Result {
    let heads = Set(states.values.compactMap { $0.current?.manifestCommit })
    let present = try await present(heads, at: tip)
    let readings = try await reader.read(services.map(\.manifest), at: tip)
    var result = Result(tip: tip, unsettled: [])
    for (service, reading) in zip(services, readings) {
      guard let state = states[service.name] else { continue }
      let isGone = state.current?.manifestCommit.map { !present.contains($0) } ?? false
      let entry = EntryComparison(
        parts: parts, service: service, state: state, reading: reading, tip: tip, isGone: isGone,
        mirror: mirror, pushers: pushers)
      do {
        switch try await entry.settle(&reader) {
        case .asRecorded: break
        case .changed: changed(service.name)
        case .landing: result.unsettled.insert(service.name)
        case .unclear:
          result.unsettled.insert(service.name)
          result.unclear.insert(service.name)
        }
      } catch let error as GitError {
        result.unsettled.insert(service.name)
        parts.logger.warning(
          "what git says of a service could not be compared with the record",
          metadata: ["service": "\(service.name)", "error": "\(error)"])
      }
    }
    return result
  }
}
