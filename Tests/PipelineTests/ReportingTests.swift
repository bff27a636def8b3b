import DeployModel
import Pipeline
import PipelineKit
import TestKit
import Testing

@Suite("GitHub is told: the exact calls, in their order")
struct ReportingTests {
  @Test("a deployment that succeeds: each stage while it lasts, then the end, with a link")
  func succeeds() async throws {
    let reporting = try await ReportingWorld(isObserved: true)
    let (world, board) = (reporting.world, reporting.board)
    try await world.push(["backend"], version: "1")
    try await reporting.said(1)
    let gate = world.builder.closeGate(of: try #require(ServiceName("backend")))
    await reporting.build()
    try await reporting.reach("backend-1", .building)
    try await reporting.said(2)
    gate.open()
    // Published and committed while nobody may say anything: these two are never heard of.
    let syncing = try await reporting.reach("backend-1", .syncing)
    try await reporting.said(3)
    let commit: CommitSHA = try #require(syncing.manifestCommit)
    let image: PublishedImage = try #require(syncing.image)
    world.rollouts.show(
      Rollout(revisions: [commit.hex], images: ["\(image.repository):\(image.tag)"]),
      for: "shop-backend")
    try await reporting.said(4)
    let live = try await reporting.reach("backend-1", .live)
    try await reporting.saidAll(of: "backend-1")
    let head = "\(live.short) slipway/backend"
    #expect(
      timeless(board.record) == [
        "\(head) pending: queued", "\(head) pending: building", "\(head) pending: rolling out",
        "\(head) success: live as \(live.short) in …",
      ])
    #expect(
      Set(board.pages) == ["https://slipway.example.com/deployments/backend-1"])
    #expect(board.mostAtOnce == 1)
    await world.stop()
  }

  @Test("a deployment that fails: the sentence that matters")
  func fails() async throws {
    let reporting = try await ReportingWorld()
    reporting.world.builder.fail(
      try #require(ServiceName("backend")),
      with: BuildError(
        code: .buildFailed, message: "STEP 3: RUN make: exit status 2\nmake: *** [all] Error 1",
        disposition: .giveUp))
    try await reporting.world.push(["backend"], version: "1")
    try await reporting.said(1)
    await reporting.build()
    let failed = try await reporting.reach("backend-1", .failed)
    try await reporting.saidAll(of: "backend-1")
    #expect(
      reporting.said(on: failed.commit) == [
        "pending: queued", "failure: STEP 3: RUN make: exit status 2…",
      ])
    await reporting.world.stop()
  }

  @Test("R10: a superseded deployment is neither a success nor pending for ever")
  func superseded() async throws {
    let reporting = try await ReportingWorld()
    try await reporting.world.push(["backend"], version: "1")
    try await reporting.said(1)
    try await reporting.world.push(["backend"], version: "2")
    let first = try await reporting.reach("backend-1", .superseded)
    try await reporting.said(3)
    await reporting.build()
    let second = try await reporting.reach("backend-2", .committed)
    try await reporting.saidAll(of: "backend-2")
    try await reporting.saidAll(of: "backend-1")
    #expect(
      reporting.said(on: first.commit) == [
        "pending: queued", "error: superseded by backend-2 (\(second.short))",
      ])
    #expect(
      timeless(reporting.said(on: second.commit)) == [
        "pending: queued", "success: committed as \(second.short) in …",
      ])
    await reporting.world.stop()
  }

  @Test("R9: a rollback is told on both commits: what runs again, and what does not any more")
  func rolledBack() async throws {
    let reporting = try await ReportingWorld()
    await reporting.build()
    let first = try await reporting.deploy("backend-1", version: "1")
    let second = try await reporting.deploy("backend-2", version: "2")
    let before = reporting.board.record.count
    let rollback = try await reporting.rollBack()
    try await reporting.saidAll(of: rollback.id.description)
    #expect(rollback.source == first.source)
    let calls = timeless(Array(reporting.board.record.dropFirst(before)))
    #expect(
      calls.suffix(2) == [
        "\(second.short) slipway/backend failure: rolled back to \(first.short) by ada: "
          + "broken login",
        "\(first.short) slipway/backend success: committed again as \(first.short) in …, by ada",
      ])
    #expect(calls.dropLast(2).allSatisfy { $0.contains("pending: rollback to this: ") })
    await reporting.world.stop()
  }

  @Test("R9: held and cancelled: who said so, and why")
  func heldThenCancelled() async throws {
    let reporting = try await ReportingWorld()
    let service = try #require(ServiceName("backend"))
    try await reporting.world.store.placeHold(
      Hold(until: .released, reason: "the sale is on", actor: "ada", since: reporting.clock.now()),
      on: service)
    await reporting.build()
    try await reporting.world.push(["backend"], version: "1")
    let held = try await reporting.reach("backend-1", .held)
    try await reporting.saidAll(of: "backend-1")
    _ = try await reporting.world.pipeline.cancelAndRetry.cancel(
      held.id, actor: "bob", reason: "not today")
    try await reporting.saidAll(of: "backend-1")
    #expect(
      reporting.said(on: held.commit).suffix(2) == [
        "pending: waits for the hold to end: the sale is on",
        "error: cancelled by bob: not today",
      ])
    await reporting.world.stop()
  }

  @Test("the Deployments API: one environment for each service, and GitHub's own states")
  func environments() async throws {
    let reporting = try await ReportingWorld(
      services: ["backend", "frontend"], statuses: false, deployments: true)
    let (world, board) = (reporting.world, reporting.board)
    let frontend = try #require(ServiceName("frontend"))
    world.reconfigure { $0.services[frontend]?.environment = "staging" }
    try await world.push(["backend"], version: "1")
    try await reporting.said(2)
    await reporting.build()
    let first = try await reporting.reach("backend-1", .committed)
    try await reporting.saidAll(of: "backend-1")
    #expect(
      timeless(board.record) == [
        "#1 opened: \(first.short) in production/backend", "#1 queued: queued",
        "#1 success: committed as \(first.short) in …",
      ])
    #expect(board.opened.first?.isProduction == true)

    let other = try await reporting.deploy("frontend-1", of: "frontend", version: "1")
    #expect(board.opened.last?.environment == "staging")
    #expect(
      timeless(board.record(of: "#2")).last == "success: committed as \(other.short) in …")
    #expect(board.opened.last?.isProduction == false)

    try await reporting.deploy("backend-2", version: "2")
    let rollback = try await reporting.rollBack()
    try await reporting.saidAll(of: rollback.id.description)
    #expect(
      board.record(of: "#3").last
        == "inactive: rolled back to \(first.short) by ada: broken login")
    #expect(board.opened.last?.isRollback == true)
    #expect(board.record(of: "#4").last?.hasPrefix("success: committed again") == true)
    await world.stop()
  }

  @Test("a deployment that ended before it was ever spoken of opens none")
  func neverOpened() async throws {
    let reporting = try await ReportingWorld(statuses: false, deployments: true)
    reporting.board.fail(with: BoardError(.unavailable, "down"))
    try await reporting.world.push(["backend"], version: "1")
    try await eventually("a call") { reporting.board.attempts > 0 }
    try await reporting.world.push(["backend"], version: "2")
    try await reporting.reach("backend-1", .superseded)
    reporting.board.fail(with: nil)
    await reporting.build()
    try await reporting.saidAll(of: "backend-2")
    #expect(reporting.board.opened.map(\.id.description) == ["backend-2"])
    await reporting.world.stop()
  }

  @Test("a push that does not reach a required service says so on its head; a skipped one too")
  func requiredContexts() async throws {
    let reporting = try await ReportingWorld(
      services: ["backend", "frontend"], required: ["backend", "frontend"])
    let (world, board) = (reporting.world, reporting.board)
    try await world.push(["backend"], version: "1")
    let first = try await world.deployment("backend-1")
    try await eventually("the notice; there is \(board.record)") {
      reporting.clock.advance(by: .seconds(1))
      return reporting.said(of: "frontend", on: first.commit) == ["success: not affected"]
    }
    let (before, after) = try await world.monorepo.change(
      ["frontend"], to: "2", message: "docs only [skip ci]")
    try await world.deliver(before, after)
    try await eventually("both notices; there is \(board.record)") {
      reporting.clock.advance(by: .seconds(1))
      return reporting.said(of: "backend", on: after) == ["success: not affected"]
        && reporting.said(of: "frontend", on: after)
          == ["success: skipped: \(after.prefix(7)) says [skip ci]"]
    }
    #expect(reporting.said(on: first.commit) == ["pending: queued"])

    // Slipway's own commit is the head by then: its rule would wait as any other's.
    await reporting.build()
    let committed = try await reporting.reach("backend-1", .committed)
    let commit: CommitSHA = try #require(committed.manifestCommit)
    let own = commit.hex
    try await world.deliver(after, own)
    try await eventually("notices on Slipway's commit; there is \(board.record)") {
      reporting.clock.advance(by: .seconds(1))
      return ["backend", "frontend"].allSatisfy {
        reporting.said(of: $0, on: own) == ["success: not affected"]
      }
    }
    try await eventually("that the notices are forgotten") {
      try await world.store.notices(after: 0, limit: 10).isEmpty
    }
    // Each was said once.
    try await reporting.deploy("frontend-1", of: "frontend", version: "3")
    for (service, commit) in [("frontend", first.commit), ("backend", after), ("frontend", own)] {
      #expect(reporting.said(of: service, on: commit).count == 1)
    }
    await world.stop()
  }

  @Test("R14: what somebody else changes in git is told on the commit that it brings")
  func external() async throws {
    let reporting = try await ReportingWorld()
    await reporting.build()
    let first = try await reporting.deploy("backend-1", version: "1")
    let second = try await reporting.deploy("backend-2", version: "2")
    let before = reporting.board.record.count
    let image: PublishedImage = try #require(first.image)
    let tag = image.tag.name
    try await reporting.world.monorepo.setTag(of: "backend", to: tag)
    await reporting.world.pipeline.lookAtGit(catchingUp: false)
    let external = try await reporting.reach("backend-3", .committed)
    try await reporting.saidAll(of: "backend-3")
    #expect(external.cause == .external)
    #expect(
      Array(reporting.board.record.dropFirst(before)) == [
        "\(second.short) slipway/backend failure: rolled back to \(tag) by Eve: "
          + external.reason,
        "\(first.short) slipway/backend success: committed as \(tag), set in git by Eve",
      ])
    await reporting.world.stop()
  }
}
