import DeployModel
import Git
import Logging
import Metrics
import TestKit
import Testing

@testable import Manifests

@Suite("What the next attempt takes over from the last")
struct FreshTipTests {
  @Test("R5: a tip that two decisions were taken back on decides no edit that came after it")
  func takenBackTwice() async throws {
    let remote = try await Remote(services: ["a", "b", "c"])
    let record = MemoryRecord()
    let directory = try TemporaryDirectory("slipway-mirror")
    let author = try #require(GitIdentity(name: "slipway", email: "slipway@example.com"))
    let location = try ManifestEdit.make("a", 1, tag: "t", source: nil).location
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    var lane = LandingLane(
      target: RepositoryBranch(repository: location.repository, branch: location.branch),
      mirror: Mirror(
        directory: directory.appending("mirror"), remote: GitRemote(url: remote.url),
        git: GitProgram(), logger: logger),
      sourceMirror: { _ in nil }, record: record, clock: RealClock(),
      metrics: WriterMetrics(MetricRegistry()), logger: logger)
    func pending(_ ticket: Int, _ service: String, _ source: CommitSHA) throws -> PendingEdit {
      PendingEdit(
        ticket: ticket, edit: try .make(service, 1, tag: "t", source: source),
        deadline: RealClock().now() + .seconds(120))
    }
    // The others have come already, and are not in these pushes.
    for (ticket, service) in [(1, "a"), (2, "b")] {
      let edit = try pending(ticket, service, remote.sources[0])
      await record.afterAnswer { await record.hold(edit.edit.service) }
      let attempt = await lane.attempt([edit], newestTicket: ticket + 1, by: author)
      #expect(attempt.end == .decidedAnew)
      if ticket == 1 { try await remote.commit("src/file.txt", "newer\n") }
    }
    let newer = try #require(CommitSHA(try await remote.tip()))
    let late = try pending(3, "c", newer)
    let attempt = await lane.attempt([late], newestTicket: 3, by: author)
    #expect(attempt.outcomes[3]?.commit != nil, "\(attempt)")
  }
}
