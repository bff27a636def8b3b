import DeployModel
import PipelineKit
import TestKit
import Testing

/// A race against others has the machine to itself (`scripts/test`): they must not be faster because
/// another test keeps us waiting.
@Suite struct PipelineContentionTests {
  @Test("R6: 30 services that finish at once while a stranger pushes all land, in a linear history")
  func thirtyAtOnce() async throws {
    let services = (1...30).map { "service\($0)" }
    let world = try await PipelineWorld.make(services: services, concurrency: 30)
    let gates = try services.map { world.builder.closeGate(of: try #require(ServiceName($0))) }
    world.start()
    try await world.push(services, version: "1")
    try await eventually("thirty builds") { world.builder.running.count == 30 }
    let stranger = Stranger(pushingTo: world.monorepo.origin)
    let strange = Task { try await stranger.run() }
    try await eventually("a stranger's push") { await stranger.pushes > 2 }
    for gate in gates { gate.open() }
    for service in services { try await world.reach("\(service)-1", .committed) }
    strange.cancel()
    _ = await strange.result
    #expect(try await world.monorepo.isLinear())
    let source = try #require(try await world.deployment("service1-1").source?.commit.short())
    for service in services { #expect(try await world.tagInGit(service) == source) }
    let inGit = try await world.monorepo.deploymentsInGit()
    #expect(inGit.count == 30)
    #expect(Set(inGit) == Set(services.map { "\($0)-1" }))
  }
}

/// Commits to a file of its own and pushes, again and again with 150 ms in between, until it is
/// cancelled.
actor Stranger {
  private let origin: String
  private(set) var pushes = 0

  init(pushingTo origin: String) { self.origin = origin }

  func run() async throws {
    let directory = try TemporaryDirectory("stranger")
    let work = directory.appending("work")
    try await shell("git", "clone", "-q", origin, work)
    while !Task.isCancelled {
      try directory.write("\(pushes)\n", to: "work/README.md")
      try await shell("git", "add", "README.md", in: work)
      try await shell(
        "git", "-c", "user.name=Eve", "-c", "user.email=eve@example.com", "commit", "-qm",
        "docs: \(pushes)", in: work)
      do {
        try await shell("git", "push", "-q", "origin", "HEAD:main", in: work)
        pushes += 1
        try await Task.sleep(for: .milliseconds(150))
      } catch let lost as ShellFailure {
        guard lost.description.contains("rejected") || lost.description.contains("lock") else {
          throw lost
        }
        try await shell("git", "fetch", "-q", "origin", in: work)
        try await shell("git", "reset", "-q", "--hard", "origin/main", in: work)
      }
    }
  }
}
