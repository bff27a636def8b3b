import APIClient
import DeployModel
import Testing

@testable import slipway

@Suite struct StatusViewTests {
  private func text(
    _ services: [ServiceRecord], _ deployments: [DeploymentRecord] = [], width: Int? = nil
  ) -> [String] {
    StatusView(services: services, deployments: InFlight.byID(deployments), now: Records.now)
      .lines(width: width).map(\.text)
  }

  @Test("What runs, since when, what is on its way, and what stands in its way")
  func all() throws {
    let lines = text(
      [
        try Records.service(
          #""inFlight":["backend-43","backend-44"]"#,
          #""health":{"status":"healthy","message":"","observedAt":"2025-12-03T09:19:58.000Z"}"#),
        try Records.service(
          #""name":"frontend""#, #""held":"frontend-8""#,
          #""hold":{"until":"released","reason":"rolled back: broken","actor":"ada","since":"2025-12-03T08:20:00.000Z"}"#,
          #""behind":{"commit":"e5c221614eab","since":"2025-12-03T08:20:00.000Z","reason":"on hold"}"#
        ), try Records.service(#""name":"new""#, #""current":null"#),
      ], [try Records.deployment("backend-44")])
    #expect(
      lines == [
        "SERVICE   DEPLOYED     SINCE   HEALTH     IN FLIGHT                              NOTE",
        "backend   008c40e      2h ago  ✓ healthy  ◔ building 30s, backend-44 and 1 more",
        "frontend  008c40e      2h ago                                                    "
          + "■ on hold, frontend-8 waits: rolled back: broken (ada); behind e5c2216: on hold",
        "new       nothing yet",
      ])
  }

  @Test("It fits any terminal, and a column that nobody needs is not there", arguments: 8...120)
  func fits(_ width: Int) throws {
    let lines = text(
      [try Records.service(#""inFlight":["backend-43"]"#)], [try Records.deployment()],
      width: width)
    for line in lines { #expect(DisplayWidth.of(line) <= width) }
    #expect(!lines[0].contains("NOTE"))
  }

  @Test func nothing() { #expect(text([]) == ["No services are configured."]) }

  @Test("One service says everything, and how its hold ends")
  func one() throws {
    let service = try Records.service(
      #""inFlight":["backend-43"]"#,
      #""hold":{"until":"2025-12-03T11:25:00.000Z","reason":"load test","actor":"ada","since":"2025-12-03T09:15:00.000Z"}"#,
      #""health":{"status":"degraded","message":"2 of 3","observedAt":"2025-12-03T09:19:50.000Z"}"#)
    let lines = ServiceView(
      service: service, deployments: InFlight.byID([try Records.deployment()]), now: Records.now
    ).lines.map(\.text)
    #expect(
      lines == [
        "backend  of shop",
        "  deployed   008c40e  2h ago, backend-42",
        "  source     008c40e14eab",
        "  commit     795b358a5f0e",
        "  digest     sha256:9b2f2f4f3a8e",
        "  health     ✗ degraded: 2 of 3  seen 10s ago",
        "  in flight  backend-43  ◔ building 30s  e5c2216 Fix the checkout",
        "  hold       ■ for 2h 5m more: load test",
        "             placed by ada 5m ago; end it with: slipway release backend",
      ])
  }
}

@Suite struct HistoryViewTests {
  @Test("The one thing to know stands at the end of each line")
  func lines() throws {
    let deployments = [
      try Records.deployment(
        "backend-45", #""state":"committed","cause":"rollback","actor":"ada","reason":"errors""#,
        #""rollbackOf":"backend-42","finishedAt":"2025-12-03T09:19:00.400Z""#,
        #""image":{"name":"r/backend","tag":"008c40e","digest":"sha256:1","tags":["008c40e"],"reusedFrom":null}"#
      ),
      try Records.deployment(
        "backend-44", #""state":"failed","finishedAt":"2025-12-03T09:20:12.000Z""#,
        #""failure":{"stage":"building","code":"build_failed","message":"the build ended with status 1"}"#
      ),
      try Records.deployment(
        "backend-43", #""state":"superseded","supersededBy":"backend-44""#,
        #""finishedAt":"2025-12-03T09:19:01.000Z""#),
      try Records.deployment("backend-42", #""cause":"external","source":null,"reason":"by hand""#),
    ]
    let lines = HistoryView(deployments: deployments, now: Records.now).lines(width: 100)
    #expect(
      lines.map(\.text) == [
        "ID          STATE         TAG      CAUSE     BY       WHEN      TOOK  WHAT",
        "backend-45  ✓ committed   008c40e  rollback  ada      1m ago   400ms  back to backend-42: errors",
        "backend-44  ✗ failed               push      octocat  1m ago  1m 12s  building: the build ended wit…",
        "backend-43  – superseded           push      octocat  1m ago    1.0s  by backend-44  e5c2216 Fix th…",
        "backend-42  ◔ building             external  octocat  1m ago          by hand",
      ])
  }
}

@Suite struct DeploymentViewTests {
  @Test("An image that the registry's clean-up deletes says so")
  func givenUp() throws {
    let deployment = try Records.deployment(
      "backend-43",
      """
      "image":{"name":"r/backend","tag":"008c40e","digest":"sha256:1","tags":["008c40e"],\
      "reusedFrom":null,"givenUpAt":"2025-12-03T09:10:00.000Z"}
      """)
    let view = DeploymentView(deployment: deployment, now: Records.now, zone: .utc)
    let lines = view.lines(width: 100).map(\.text)
    #expect(
      lines.contains {
        $0.hasSuffix("retention.images gave it up at 2025-12-03 09:10:00: the registry deletes it")
      }, "\(lines)")
  }

  @Test("The timeline says how long each state lasted; remarks have no state of their own")
  func timeline() throws {
    let deployment = try Records.deployment(
      "backend-43", #""state":"failed","finishedAt":"2025-12-03T09:20:12.000Z""#,
      #""failure":{"stage":"building","code":"build_failed","message":"the build ended with status 1"}"#,
      """
      "timeline":[
       {"state":"queued","at":"2025-12-03T09:19:00.000Z","reason":"backend/main.go is matched"},
       {"state":"building","at":"2025-12-03T09:19:00.150Z","reason":"a builder is free"},
       {"state":"building","at":"2025-12-03T09:19:30.000Z","reason":"a warning"},
       {"state":"failed","at":"2025-12-03T09:20:12.000Z","reason":"the build ended with status 1","details":"line 1\\nline 2"}]
      """)
    let lines = DeploymentView(deployment: deployment, now: Records.now, zone: .utc)
      .lines(width: 60).map(\.text)
    #expect(
      lines == [
        "backend-43  ✗ failed",
        "  failure   building: the build ended with status 1",
        "            build_failed",
        "  cause     push by octocat: backend/main.go is matched by backend/**",
        "  source    e5c221614eab8ca2ac60bd7992170e701ed1d469 on main of shop",
        "            Fix the checkout (Mona)",
        "  delivery  72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "  took      1m 12s, began 2025-12-03 09:19:00",
        "",
        "  09:19:00  ○ queued      150ms  backend/main.go is matched",
        "  09:19:00  ◔ building   1m 11s  a builder is free",
        "  09:19:30                       a warning",
        "  09:20:12  ✗ failed             the build ended with status",
        "                                 1",
        "                                 line 1",
        "                                 line 2",
      ])
  }

  @Test("What is under way says for how long its last state has lasted")
  func underWay() throws {
    let deployment = try Records.deployment(
      "backend-43",
      #""timeline":[{"state":"queued","at":"2025-12-03T09:19:48.000Z","reason":"x"}]"#)
    let lines = DeploymentView(deployment: deployment, now: Records.now, zone: .utc)
      .lines(width: nil).map(\.text)
    #expect(lines.contains("  began     2025-12-03 09:19:00, 1m ago"))
    #expect(lines.last == "  09:19:48  ○ queued      12s  x")
  }
}

@Suite struct PreviewViewTests {
  @Test("A rollback's confirmation says exactly what will be committed, and what then holds")
  func rollback() throws {
    let lines = PreviewView(preview: try Records.preview()).lines.map(\.text)
    #expect(
      lines == [
        "backend: e5c2216 (backend-42) → 008c40e (backend-40)",
        "  image   sha256:8b1f0c0c7a3f",
        "  commit  chore: rollback backend to 008c40e",
        "          to main of shop, k8s/backend",
        "          - newTag: \"e5c2216\"",
        "          + newTag: \"008c40e\"",
        "  hold    until released: slipway release backend",
      ])
  }

  @Test("R9: migrations in between are named")
  func migrations() throws {
    let lines = PreviewView(
      preview: try Records.preview(
        #""hold":"none","migrations":["backend/migrations/022_orders.up.sql"]"#)
    ).lines.map(\.text)
    #expect(lines.contains("  hold        none: the next push deploys again"))
    #expect(lines.last == "              backend/migrations/022_orders.up.sql")
  }
}

@Suite struct DeliveryViewTests {
  @Test("Why each service was or was not triggered")
  func one() throws {
    let lines = DeliveryView(delivery: try Records.delivery(), now: Records.now, zone: .utc)
      .lines(width: 80).map(\.text)
    #expect(lines.first == "72d3162e-cc78-11e3-81ab-4c9367dc0958  ✓ deployed")
    #expect(lines.contains("  received     2025-12-03 09:18:00, 2m ago, event push"))
    #expect(
      lines.suffix(3) == [
        "SERVICE   DEPLOYS  WHY",
        "backend   ✓ yes    backend/main.go is matched by backend/**",
        "frontend  – no     none of 1 changed files is matched",
      ])
  }

  @Test func list() throws {
    let lines = DeliveriesView(deliveries: [try Records.delivery()], now: Records.now)
      .lines(width: 80).map(\.text)
    #expect(
      lines == [
        "WHEN    OUTCOME     REPOSITORY  REF   COMMIT   WHY",
        "2m ago  ✓ deployed  shop        main  e5c2216  triggered backend",
      ])
  }
}

@Suite struct RolloutViewTests {
  @Test("Sync, health, images, what differs, and pods with their reasons")
  func lines() throws {
    let rollout: RolloutRecord = try Records.decode(
      try Records.object(
        """
        {"applications":[{"application":"shop-backend","autoSync":true,"sync":"outOfSync","revisions":["795b358a5f0e"],
         "health":{"status":"degraded","message":"ImagePullBackOff"},
         "reconciledAt":"2025-12-03T09:19:50.000Z",
         "operation":{"phase":"failed","message":"hook failed","startedAt":null,
                      "finishedAt":"2025-12-03T09:19:40.000Z","revisions":["795b358a5f0e"],
                      "hooks":[{"phase":"PreSync","name":"migrate","state":"Failed","message":"exit 1"}]},
         "images":["r/backend:e5c2216"],"outOfSync":["Deployment backend","Service backend"],"errors":[],
         "history":[{"id":7,"revisions":["795b358a5f0e"],"deployedAt":"2025-12-03T07:20:00.000Z","by":"auto"}],
         "pods":[{"name":"backend-7d","images":["r/backend:e5c2216"],"reason":"ImagePullBackOff",
                  "message":"not found","restarts":0}]}]}
        """))
    let lines = RolloutView(rollout: rollout, now: Records.now).lines(width: 100).map(\.text)
    #expect(
      lines == [
        "shop-backend  ? out of sync  ✗ degraded  auto-sync",
        "  health    ImagePullBackOff",
        "  revision  795b358a5f0e",
        "  compared  10s ago",
        "  sync      failed 20s ago: hook failed",
        "            PreSync migrate Failed exit 1",
        "  image     r/backend:e5c2216",
        "  differs   Deployment backend",
        "            Service backend",
        "",
        "POD         RESTARTS  STATE                        IMAGE",
        "backend-7d         0  ImagePullBackOff: not found  r/backend:e5c2216",
        "",
        "ARGO CD  WHEN    REVISION  BY",
        "      7  2h ago  795b358   auto",
      ])
  }
}

@Suite struct StatsViewTests {
  @Test("DORA's measures, and no number where there is none")
  func lines() throws {
    let stats: StatsRecord = try Records.decode(
      try Records.object(
        """
        {"window":"7d","from":"2025-11-26T09:20:00.000Z","to":"2025-12-03T09:20:00.000Z","services":[
         {"service":"backend","deployments":{"live":14,"failed":2,"rolledBack":1,"rollbacks":1,"perDay":[]},
          "frequencyPerDay":2,"leadTime":{"count":14,"p50":402000,"p95":1260000},
          "pushToLive":{"count":0,"p50":null,"p95":null},"changeFailureRate":0.0714,
          "timeToRestore":{"count":1,"open":1,"p50":312000,"p95":312000},"reworkRate":null,
          "stages":[{"stage":"building","count":16,"p50":61000,"p95":null}],"complete":false}]}
        """))
    #expect(
      StatsView(stats: stats).lines(width: nil).map(\.text) == [
        "backend  the last 7d",
        "  deployments      14 live, 2 failed, 1 rolled back; 2 a day",
        "  lead time        6m 42s (p95 21m 0s)",
        "  push to live     no data",
        "  change failures  7.1 %",
        "  time to restore  5m 12s (p95 5m 12s), 1 not yet",
        "  rework           no data",
        "  note             more ended than are looked at; the newest count",
        "",
        "  STAGE     COUNT    P50  P95",
        "  building     16  1m 1s    –",
      ])
  }
}
