import DeployModel
import Git
import Manifests
import TestKit
import Testing

@Suite("Many edits, and a stranger who pushes all the time")
struct ManifestContentionTests {
  @Test("R6: thirty edits over thirty services all land, in a linear history, without force")
  func thirtyServices() async throws {
    let services = (1...30).map { "s\($0)" }
    let remote = try await Remote(services: services)
    let harness = try WriterHarness(remote)
    let stranger = try await Stranger(pushingTo: remote)
    let outcomes = await harness.land(
      try services.map { try .make($0, 1, tag: "new", source: remote.sources[0]) })
    try await eventually("the stranger's push") {
      try await remote.log().contains { $0.subject == "stranger" }
    }
    await stranger.stop()
    #expect(outcomes.compactMap(\.commit).count == 30)
    for service in services { #expect(try await remote.tag(of: service) == "new") }
    let log = try await remote.log()
    #expect(log.filter { $0.subject.hasPrefix("chore: update") }.count == 30)
    #expect(log.dropLast().allSatisfy { $0.parents == 1 })
    for commit in outcomes.compactMap(\.commit) {
      _ = try await remote.git("merge-base", "--is-ancestor", commit.hex, "main")
    }
  }

  @Test("R6: thirty edits that arrive one by one all land")
  func oneByOne() async throws {
    let services = (1...30).map { "s\($0)" }
    let remote = try await Remote(services: services)
    let harness = try WriterHarness(remote)
    let stranger = try await Stranger(pushingTo: remote)
    let outcomes = try await withThrowingTaskGroup(of: WriteOutcome.self) { group in
      for (index, service) in services.enumerated() {
        let edit = try ManifestEdit.make(service, 1, tag: "new", source: remote.sources[0])
        group.addTask {
          try await Task.sleep(for: .milliseconds(33 * index))
          return await harness.land(edit)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    await stranger.stop()
    #expect(outcomes.compactMap(\.commit).count == 30)
    for service in services { #expect(try await remote.tag(of: service) == "new") }
    #expect(try await remote.log().dropLast().allSatisfy { $0.parents == 1 })
  }

  @Test("R5, R6: of thirty edits over three services each service ends on its newest source")
  func threeServices() async throws {
    let remote = try await Remote(services: ["a", "b", "c"], sources: 10)
    let harness = try WriterHarness(remote)
    let stranger = try await Stranger(pushingTo: remote)
    var edits: [ManifestEdit] = []
    for (number, source) in remote.sources.enumerated() {
      for service in ["a", "b", "c"] {
        edits.append(
          try .make(service, number + 1, tag: "t\(number)", source: source))
      }
    }
    var random = SeededGenerator(seed: 3)
    edits.shuffle(using: &random)
    let outcomes = await harness.land(edits)
    await stranger.stop()
    for service in ["a", "b", "c"] { #expect(try await remote.tag(of: service) == "t9") }
    for (edit, outcome) in zip(edits, outcomes) {
      switch outcome {
      case .landed(_, let changed, _): #expect(changed)
      case .superseded: #expect(edit.deployment.source?.commit != remote.sources[9])
      default: Issue.record("\(edit.id): \(outcome)")
      }
    }
    let log = try await remote.log()
    #expect(
      log.filter { $0.subject.hasPrefix("chore: update") }.count
        == outcomes.compactMap(\.commit).count)
    #expect(log.dropLast().allSatisfy { $0.parents == 1 })
  }

  @Test("R6: two writers of one branch, as two replicas have them, lose nothing")
  func twoWriters() async throws {
    let services = (1...20).map { "s\($0)" }
    let remote = try await Remote(services: services)
    let first = try WriterHarness(remote)
    let second = try WriterHarness(remote)
    let edits = try services.map { try ManifestEdit.make($0, 1, tag: "new", source: nil) }
    async let even = first.land(edits.enumerated().filter { $0.offset % 2 == 0 }.map(\.element))
    async let odd = second.land(edits.enumerated().filter { $0.offset % 2 == 1 }.map(\.element))
    let outcomes = await even + odd
    #expect(outcomes.compactMap(\.commit).count == 20)
    for service in services { #expect(try await remote.tag(of: service) == "new") }
  }
}
