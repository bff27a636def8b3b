import Testing
import Manifests
import TestKit
@Test func perfScratch() async throws {
  let services = (1...200).map { "s\($0)" }
  let remote = try await Remote(services: services)
  let harness = try WriterHarness(remote, deadline: .seconds(15))
  let stranger = try await Stranger(pushingTo: remote)
  try await Task.sleep(for: .seconds(1))
  let edits = try services.map { try ManifestEdit.make($0, 1, tag: "new", source: remote.sources[0]) }
  let start = ContinuousClock.now
  let outcomes = await harness.land(edits)
  print("PERF", ContinuousClock.now - start, outcomes.compactMap(\.commit).count)
  let s2 = ContinuousClock.now
  let o2 = await harness.land(try services.map { try ManifestEdit.make($0, 2, tag: "new2", source: remote.sources[0]) })
  print("PERF second", ContinuousClock.now - s2, o2.compactMap(\.commit).count, try await harness.record.intents.count)
  print("PERF", outcomes.last?.failure as Any); print("PERF stranger", try await stranger.stop())
}
