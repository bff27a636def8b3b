import DeployModel
import Pipeline
import PipelineKit
import TestKit
import Testing

@Suite("GitHub is told: whatever becomes of the calls")
struct ReportingTroubleTests {
  @Test("deployments never wait: GitHub hangs, and everything goes on")
  func neverInTheWay() async throws {
    let reporting = try await ReportingWorld(deployments: true)
    _ = reporting.board.closeGate()
    await reporting.build()
    try await reporting.world.push(["backend"], version: "1")
    try await reporting.reach("backend-1", .committed)
    try await eventually("the first call") { reporting.board.attempts == 1 }
    #expect(reporting.board.record == [])
    await reporting.world.stop()
  }

  @Test("R1: what a process that died had not said is said by the next, and nothing twice")
  func restart() async throws {
    let reporting = try await ReportingWorld(deployments: true)
    let board = reporting.board
    try await reporting.world.push(["backend"], version: "1")
    try await reporting.said(3)
    board.fail(with: BoardError(.unavailable, "down"))
    await reporting.build()
    let committed = try await reporting.reach("backend-1", .committed)
    let attempts = board.attempts
    try await eventually("a call that fails") {
      reporting.clock.advance(by: .seconds(1))
      return board.attempts > attempts
    }
    await reporting.world.stop()
    board.fail(with: nil)
    try await reporting.world.restart()
    try await reporting.saidAll(of: "backend-1")
    let ends = timeless(Array(board.record.dropFirst(3)))
    #expect(
      ends == [
        "\(committed.short) slipway/backend success: committed as \(committed.short) in …",
        "#1 success: committed as \(committed.short) in …",
      ])
    try await reporting.world.restart()
    try await reporting.deploy("backend-2", version: "2")
    #expect(board.opened.count == 2)
    #expect(reporting.said(on: committed.commit).count == 2)
    await reporting.world.stop()
  }

  @Test("a notice outlives the process that owed it")
  func noticeOutlives() async throws {
    let reporting = try await ReportingWorld(
      services: ["backend", "frontend"], required: ["frontend"])
    reporting.board.fail(with: BoardError(.unavailable, "down"))
    try await reporting.world.push(["backend"], version: "1")
    await reporting.world.stop()
    #expect(try await reporting.world.store.notices(after: 0, limit: 10).count == 1)
    reporting.board.fail(with: nil)
    try await reporting.world.restart()
    let commit = try await reporting.world.deployment("backend-1").commit
    try await eventually("the notice") {
      reporting.clock.advance(by: .seconds(1))
      return reporting.said(of: "frontend", on: commit) == ["success: not affected"]
    }
    try await eventually("that it is forgotten") {
      try await reporting.world.store.notices(after: 0, limit: 10).isEmpty
    }
    await reporting.world.stop()
  }

  @Test("a deployment whose answer was lost is found, and not opened twice")
  func lostAnswer() async throws {
    let reporting = try await ReportingWorld(statuses: false, deployments: true)
    reporting.board.loseNextAnswer()
    try await reporting.world.push(["backend"], version: "1")
    try await eventually("the call") { reporting.board.attempts == 1 }
    try await reporting.world.restart()
    try await reporting.said(2)
    #expect(reporting.board.opened.count == 1)
    #expect(reporting.board.record(of: "#1").last == "queued: queued")
    await reporting.world.stop()
  }

  @Test("a call that takes long keeps the turn: nobody else opens the same deployment meanwhile")
  func longCall() async throws {
    let reporting = try await ReportingWorld(statuses: false, deployments: true)
    _ = reporting.board.closeGate()
    try await reporting.world.push(["backend"], version: "1")
    try await eventually("the call") { reporting.board.attempts == 1 }
    let start = reporting.clock.now()
    try await eventually("two minutes in which it stays ours") {
      let now = reporting.clock.now()
      let turn = try await reporting.world.store.takeTurn(
        at: "account fake", owner: "another", until: now + .seconds(60), now: now)
      guard case .anothers(let end) = turn else { throw ShellFailure("it ran out") }
      if end - now > .seconds(5) { reporting.clock.advance(by: .seconds(1)) }
      return now - start >= .seconds(120)
    }
    await reporting.world.stop()
  }

  @Test("a limit is waited for, to the second, and what changed meanwhile is said once")
  func limited() async throws {
    let reporting = try await ReportingWorld()
    reporting.board.fail(BoardError(.limited(.seconds(90)), "secondary rate limit"))
    try await reporting.world.push(["backend"], version: "1")
    try await eventually("the refused call") { reporting.board.attempts == 1 }
    await reporting.build()
    let committed = try await reporting.reach("backend-1", .committed)
    // Sleeping: the lane, housekeeping and the reporter's own looks.
    try await eventually("the lane's pause") { reporting.clock.sleepers > 0 }
    let start = reporting.clock.now()
    try await eventually("the call after the limit") {
      reporting.clock.advance(by: .seconds(1))
      return reporting.board.attempts > 1
    }
    #expect(reporting.clock.now() - start >= .seconds(90))
    try await reporting.saidAll(of: "backend-1")
    #expect(
      timeless(reporting.board.record) == [
        "\(committed.short) slipway/backend success: committed as \(committed.short) in …"
      ])
    await reporting.world.stop()
  }

  @Test(
    "R12: a limit that is said to be over, and is not, is asked about less and less often",
    arguments: [Duration.zero, .seconds(1)])
  func limitedAgainAndAgain(_ said: Duration) async throws {
    let reporting = try await ReportingWorld()
    reporting.board.fail(with: BoardError(.limited(said), "secondary rate limit"))
    try await reporting.world.push(["backend"], version: "1")
    try await eventually("the first call") { reporting.board.attempts == 1 }
    let start = reporting.clock.now()
    try await eventually("four more") {
      reporting.clock.advance(by: .seconds(1))
      return reporting.board.attempts >= 5
    }
    // 5, 10, 20 and 40 seconds.
    #expect(reporting.clock.now() - start >= .seconds(75))
    await reporting.world.stop()
  }

  @Test("an outage is waited for longer and longer, and what is true at its end is said")
  func outage() async throws {
    let reporting = try await ReportingWorld()
    reporting.board.fail(with: BoardError(.unavailable, "GitHub answered 502"))
    try await reporting.world.push(["backend"], version: "1")
    try await eventually("the first call") { reporting.board.attempts == 1 }
    let start = reporting.clock.now()
    try await eventually("four more") {
      reporting.clock.advance(by: .seconds(1))
      return reporting.board.attempts == 5
    }
    // 5, 10, 20 and 40 seconds.
    #expect(reporting.clock.now() - start >= .seconds(75))
    await reporting.build()
    let committed = try await reporting.reach("backend-1", .committed)
    reporting.board.fail(with: nil)
    try await reporting.saidAll(of: "backend-1")
    #expect(
      timeless(reporting.board.record) == [
        "\(committed.short) slipway/backend success: committed as \(committed.short) in …"
      ])
    await reporting.world.stop()
  }

  @Test("what GitHub never takes is noted in the timeline, and said no more")
  func refused() async throws {
    let reporting = try await ReportingWorld()
    reporting.board.fail(
      BoardError(.refused, "GitHub answered 422 for the commit status: No commit found for SHA"))
    try await reporting.world.push(["backend"], version: "1")
    try await reporting.saidAll(of: "backend-1")
    #expect(reporting.board.attempts == 1)
    let id = try await reporting.world.deployment("backend-1").id
    let notes = try await reporting.world.store.timeline(id)
    #expect(notes.last?.reason == "warning: GitHub did not take the status")
    #expect(notes.last?.details?.contains("No commit found") == true)
    await reporting.world.stop()
  }

  @Test("where a right is missing nothing is tried over and over; a reload tries again")
  func denied() async throws {
    let reporting = try await ReportingWorld(services: ["backend", "frontend"])
    reporting.board.fail(with: BoardError(.denied, "Resource not accessible by integration"))
    try await reporting.world.push(["backend"], version: "1")
    try await eventually("the call") { reporting.board.attempts == 1 }
    try await reporting.world.push(["frontend"], version: "2")
    try await eventually("the next push's call") {
      reporting.clock.advance(by: .seconds(1))
      return reporting.board.attempts == 2
    }
    reporting.board.fail(with: nil)
    try await reporting.world.pipeline.configurationChanged()
    try await reporting.said(2)
    #expect(reporting.board.record.allSatisfy { $0.hasSuffix("pending: queued") })
    await reporting.world.stop()
  }

  @Test("nothing is said of a repository without reporting, or without credentials for it")
  func off() async throws {
    let reporting = try await ReportingWorld(statuses: false)
    await reporting.build()
    try await reporting.world.push(["backend"], version: "1")
    let first = try await reporting.reach("backend-1", .committed)
    try reporting.world.reconfigure {
      $0.repositories[try PipelineWorld.repositoryName()]?.reporting.statuses = true
    }
    reporting.board.forgetAccount(true)
    try await reporting.world.push(["backend"], version: "2")
    try await reporting.reach("backend-2", .committed)
    #expect(reporting.board.attempts == 0)

    // Turned on after the fact: what ended long ago stays as it was.
    reporting.board.forgetAccount(false)
    reporting.clock.advance(by: .seconds(3600))
    try await reporting.world.pipeline.configurationChanged()
    let third = try await reporting.deploy("backend-3", version: "3")
    #expect(reporting.said(on: first.commit) == [])
    #expect(reporting.said(on: third.commit).isEmpty == false)
    await reporting.world.stop()
  }
}
