import APIClient
import DeployModel
import HTTPClient
import TestKit
import Testing

@testable import slipway

@Suite struct WatchModelTests {
  private let building = "09:19:30  backend-43  ◔ building  e5c2216 Fix the checkout"

  @Test("Where lines are all there is, each state is one; the same state twice is one line")
  func everyState() throws {
    var model = WatchModel(tellsEveryState: true, zone: .utc)
    #expect(model.hear(try Records.deployment()).map(\.text) == [building])
    #expect(model.hear(try Records.deployment()).isEmpty)
    let end = try Records.deployment(
      "backend-43", #""state":"live","updatedAt":"2025-12-03T09:20:12.000Z""#,
      #""finishedAt":"2025-12-03T09:20:12.000Z""#)
    #expect(
      model.hear(end).map(\.text) == [
        "09:20:12  backend-43  ✓ live after 1m 12s  e5c2216 Fix the checkout"
      ])
    // What was asked for before it ended, and comes late, is no news.
    #expect(model.hear(try Records.deployment()).isEmpty)
    #expect(model.inFlight.isEmpty)
  }

  @Test("Above a block only what is over is a line")
  func ends() throws {
    var model = WatchModel(tellsEveryState: false, zone: .utc)
    #expect(model.hear(try Records.deployment()).isEmpty)
    #expect(
      model.hear(
        try Records.deployment(
          "backend-43", #""state":"held","updatedAt":"2025-12-03T09:19:40.000Z""#)
      ).map(\.text) == ["09:19:40  backend-43  ■ held  e5c2216 Fix the checkout"])
  }

  @Test("What was so before is no news; holds that come and go are")
  func holds() throws {
    var model = WatchModel(tellsEveryState: true, zone: .utc)
    model.begin(with: [try Records.deployment()], services: [try Records.service()])
    #expect(model.hear(try Records.deployment()).isEmpty)
    #expect(model.hear(try Records.service()).isEmpty)
    let held = try Records.service(
      #""hold":{"until":"released","reason":"load test","actor":"ada","since":"2025-12-03T09:19:50.000Z"}"#
    )
    #expect(
      model.hear(held).map(\.text) == ["09:19:50  backend  ■ on hold  load test (ada)"])
    #expect(model.hear(held).isEmpty)
    #expect(model.hear(try Records.service()).map(\.text) == ["backend  is not on hold any more"])
  }

  @Test("A delivery is told when it has been evaluated")
  func deliveries() throws {
    var model = WatchModel(tellsEveryState: true, zone: .utc)
    var delivery = try Records.delivery()
    delivery.outcome = "pending"
    #expect(model.hear(delivery).isEmpty)
    delivery.outcome = "none-matched"
    delivery.reason = "no service is triggered"
    #expect(
      model.hear(delivery).map(\.text) == [
        "09:18:00  push e5c2216  – none-matched  no service is triggered"
      ])
  }

  @Test("The block has a line for each that is in flight, and never more than the window")
  func block() throws {
    var model = WatchModel(tellsEveryState: false)
    for number in 1...9 { _ = model.hear(try Records.deployment("backend-\(number)")) }
    let lines = model.block(footer: "Ctrl-C ends this", width: 40, height: 8, now: Records.now)
    #expect(
      lines.map(\.text) == [
        "IN FLIGHT  STATE       FOR  WHAT", "backend-1  ◔ building  30s  e5c2216 Fix…",
        "backend-2  ◔ building  30s  e5c2216 Fix…", "backend-3  ◔ building  30s  e5c2216 Fix…",
        "backend-4  ◔ building  30s  e5c2216 Fix…", "and 5 more in flight", "Ctrl-C ends this",
      ])
    model.trouble = "not connected: nobody is there; trying again in 3s"
    #expect(
      model.block(footer: "", width: 40, height: 40, now: Records.now).last?.text
        == "not connected: nobody is there; trying …")
  }

  @Test("R12: who watches for weeks remembers the newest ends only")
  func bounded() throws {
    var model = WatchModel(tellsEveryState: false)
    for number in 1...(2 * WatchModel.remembered) {
      _ = model.hear(
        try Records.deployment(
          "backend-\(number)", #""state":"live","finishedAt":"2025-12-03T09:20:12.000Z""#))
    }
    #expect(model.deployments.count == WatchModel.remembered)
  }
}

@Suite struct LiveScreenTests {
  @Test("A block is drawn in the place of the one before, and what stays goes above it")
  func draws() {
    var screen = LiveScreen()
    #expect(screen.text(adding: [], block: ["a", "b"], inColour: false) == "a\nb\n")
    #expect(screen.text(adding: [], block: ["a", "b"], inColour: false) == "")
    #expect(
      screen.text(adding: ["over"], block: ["c"], inColour: false)
        == "\u{1B}[2A\r\u{1B}[Jover\nc\n")
    #expect(screen.text(adding: ["end"], block: [], inColour: false) == "\u{1B}[1A\r\u{1B}[Jend\n")
  }
}

@Suite struct WaitingTests {
  @Test("A limit holds against a server that has stopped answering")
  func hangs() async throws {
    let server = try ScriptedServer { _ in .silence }
    defer { server.stop() }
    let api = ServerAPI(
      try ServerAddress(server.url), token: nil, http: HTTPClient(), deadline: .seconds(5))
    let session = Session(
      api: api, hasToken: false, printsJSON: false,
      screen: Screen(width: nil, height: 24, isTerminal: false, inColour: false), environment: [:])
    let watcher = Watcher(
      session, .deployment(id: "api-1", service: "api"), .lines, limit: .milliseconds(50))
    await #expect(throws: Watcher.TimeIsUp.self) { try await watcher.run() }
  }

  @Test("An end that is none of the good ones says what it was and where to look")
  func failures() throws {
    #expect(
      WaitingOptions.failure(
        of: try Records.deployment(
          "backend-43", #""state":"failed""#,
          #""failure":{"stage":"building","code":"build_failed","message":"status 1"}"#)) == [
          "Error: backend-43 failed while building: status 1.",
          "To see more: slipway logs backend-43",
        ])
    #expect(
      WaitingOptions.failure(
        of: try Records.deployment(
          "backend-43", #""state":"superseded","supersededBy":"backend-44""#)) == [
          "Error: backend-43 was superseded by backend-44.",
          "To see why: slipway show backend-43",
        ])
    #expect(
      WaitingOptions.failure(of: try Records.deployment("a-1", #""state":"cancelled""#)).first
        == "Error: a-1 was cancelled.")
  }
}
