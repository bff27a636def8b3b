import DeployModel
import Pipeline
import PipelineKit

/// R9: back to what ran before, unless migrations lie in between.
extension Town {
  func rollBack(
    _ service: String, _ pick: Int?, _ length: Step.HoldLength, acceptsMigrations: Bool
  ) async throws {
    let all = try await records().filter { $0.id.service.description == service }
    let target = pick.flatMap { all.isEmpty ? nil : all[$0 % all.count] }
    let choice: RollbackRequest.HoldChoice =
      switch length {
      case .released, .hour: .untilReleased
      case .nextPush: .untilNextPush
      case .none: .none
      }
    let state = try await world.state(service)
    let before = state.current
    let created: Deployment
    do {
      created = try await world.pipeline.rollback.request(
        RollbackRequest(
          service: try name(service), target: target?.id.description, hold: choice,
          acceptMigrations: acceptsMigrations, reason: "", actor: "ada"))
    } catch Refusal.conflict(let words, let files) where !files.isEmpty {
      try await judge(files, of: service, from: before, to: target)
      throw Refusal.conflict(words, files: files)
    }
    granted.append(
      .rollBack(
        created.id, isPrevious: target == nil, acceptsMigrations: acceptsMigrations))
    switch choice {
    case .untilReleased: granted.append(.hold(service, .released))
    // One that lasts longer stays.
    case .untilNextPush where state.hold?.until == .released:
      granted.append(.hold(service, .released))
    case .untilNextPush: granted.append(.hold(service, .nextPush))
    case .none: break
    }
    await world.pipeline.wake(created.id.service)
  }

  /// Git knows which migrations changed; of "previous" at least that it is these.
  private func judge(
    _ files: [String], of service: String, from current: CurrentImage?, to target: Deployment?
  ) async throws {
    guard try await world.state(service).current == current else { return }
    var isRight = service == Self.migrating && files.allSatisfy { $0.hasPrefix(Self.migrations) }
    if let new = current?.sourceCommit?.hex, let old = target?.source?.commit.hex {
      isRight = isRight && Set(files) == migrations(between: old, and: new)
    }
    if !isRight { wrongRefusals.append("\(service) from \(current?.tag ?? "nothing"): \(files)") }
  }

  func migrations(between one: String, and other: String) -> Set<String> {
    let old = sources.commits[one]?.blobs ?? [:]
    let new = sources.commits[other]?.blobs ?? [:]
    return Set(old.keys).union(new.keys).filter {
      $0.hasPrefix(Self.migrations) && old[$0] != new[$0]
    }
  }
}
