import DeployModel
import PipelineKit
import TestKit

/// Plays a seed: its steps one after another, with a check after each; then everything is mended and
/// finished, and all must be well.
package struct Simulator: Sendable {
  let schedule: Schedule
  private let ground: Ground

  package init(_ schedule: Schedule, on ground: Ground) {
    self.schedule = schedule
    self.ground = ground
  }

  /// What came of a seed whose rules held: deployments by cause and end.
  package typealias Tally = [String: Int]

  package func run() async -> Result<Tally, Failure> {
    do {
      let town = try await Town.make(schedule, on: ground)
      let result = await play(in: town)
      await town.end()
      return result
    } catch {
      return .failure(Failure(schedule: schedule, index: -1, error: "\(error)"))
    }
  }

  private func play(in town: Town) async -> Result<Tally, Failure> {
    var index = 0
    do {
      let checker = Checker(town)
      for planned in schedule.steps {
        try await town.take(planned.step)
        let isAtRest = planned.settles ? try await town.settle() : false
        try await checker.check(atRest: isAtRest)
        await Task.yield()
        index += 1
      }
      try await finish(town, checker)
      let ends = try await town.records().map { "\($0.cause.rawValue) \($0.state.rawValue)" }
      return .success(Dictionary(ends.map { ($0, 1) }, uniquingKeysWith: +))
    } catch {
      return .failure(Failure(schedule: schedule, index: index, error: "\(error)"))
    }
  }

  /// Whatever was accepted comes to an end once nothing is in its way (R1), and the newest push of
  /// each service lands, and is live where that is seen.
  private func finish(_ town: Town, _ checker: Checker) async throws {
    town.process.heal()
    let mending: [Step] = [.registry(isDown: false), .accept, .unlock, .argoIsSilent(false)]
    for step in mending { try await town.take(step) }
    for service in Town.services { try await town.mend(service) }
    try await drain(town)
    try await checker.check(atRest: true)
    for index in Town.services.indices { try await town.take(.release(service: index)) }
    try await drain(town)
    try await checker.check(atRest: true)
    for record in try await town.records() where !record.state.isFinal {
      throw Violation("R1", "\(record.id) is \(record.state) for ever")
    }
    try await town.take(.push(services: [0, 1, 2], skip: false, .now))
    try await town.replaceTheDead()
    try await drain(town)
    try await checker.check(atRest: true)
    checker.isThorough = true
    try await checker.check(atRest: true)
    let newest = String(try requireLast(town.developer.foreign).prefix(7))
    for service in Town.services {
      let state = try await town.world.state(service)
      if state.hold?.until == .released { continue }
      guard state.current?.tag.hasPrefix(newest) == true, state.behind == nil else {
        throw Violation(
          "R5", "\(service) should run \(newest): \(String(describing: state))")
      }
    }
  }

  private func drain(_ town: Town) async throws {
    for _ in 0..<200 {
      guard try await town.settle() else { continue }
      let running = town.world.builder.running
      for id in running { try await town.finish(id.service.description, fails: false) }
      let syncing = try await town.world.store.deployments(
        DeploymentQuery(states: [.syncing], limit: 200)
      ).items
      for index in Set(syncing.compactMap { Town.services.firstIndex(of: "\($0.id.service)") }) {
        try await town.take(.argo(service: index, .well))
      }
      if running.isEmpty, syncing.isEmpty { return }
    }
    throw Violation("R1", "it never comes to an end")
  }

  private func requireLast(_ commits: [String]) throws -> String {
    guard let last = commits.last else { throw ShellFailure("no commits") }
    return last
  }

  package struct Failure: Error, CustomStringConvertible {
    let schedule: Schedule
    /// The step that it came after; the number of steps for the end.
    let index: Int
    let error: String

    package var description: String {
      let steps = schedule.steps.prefix(index + 1).enumerated().map { "  \($0). \($1)" }
      return """
        seed \(schedule.seed), step \(index) of \(schedule.steps.count): \(error)
        \(steps.joined(separator: "\n"))
        again: SLIPWAY_SIM_SEED=\(schedule.seed) SLIPWAY_SIM_STEPS=\(schedule.steps.count) \
        scripts/simulate
        """
    }
  }
}
