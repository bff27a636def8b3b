import DeployModel
import Git
import Manifests
import TestKit
import Testing

@Suite("Signed manifest commits")
struct SignedContentionTests {
  @Test("R6: twelve signed edits all land while a stranger pushes, and git believes each")
  func twelve() async throws {
    let services = (1...12).map { "s\($0)" }
    let remote = try await Remote(services: services)
    let key = try await SigningKey.make(.ssh)
    let harness = try WriterHarness(remote, signingKey: key.secret)
    let stranger = try await Stranger(pushingTo: remote)
    let outcomes = await harness.land(
      try services.map { try .make($0, 1, tag: "new", source: remote.sources[0]) })
    await stranger.stop()
    let commits = outcomes.compactMap(\.commit)
    #expect(Set(commits).count == 12, "\(outcomes.compactMap(\.failure).prefix(1))")
    for service in services { #expect(try await remote.tag(of: service) == "new") }
    #expect(try await remote.log().dropLast().allSatisfy { $0.parents == 1 })
    for commit in commits { try await key.verify(commit.hex, in: remote.path) }
  }
}
