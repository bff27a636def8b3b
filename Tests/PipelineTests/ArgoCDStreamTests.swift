import DeployModel
import Metrics
import Pipeline
import PipelineKit
import Rollouts
import TestKit
import Testing

@Suite("R11: Argo CD by its streams, and by asking where they are not open")
struct ArgoCDStreamTests {
  private func streams(_ play: ArgoCDWorld) -> [String] {
    play.argocd.calls.filter { $0.contains("/stream/") }
  }

  @Test("what fails and what is told is known at once; the figures are printed")
  func figures() async throws {
    let play = try await ArgoCDWorld.make()
    try await eventually("the stream") { play.argocd.openStreams == 1 }
    let first = try await play.land()
    let landed = try #require(
      try await play.world.store.timeline(first.id).first { $0.state == .syncing })
    let told = try #require(play.argocd.refreshes.first)
    try await eventually("both streams") { play.argocd.openStreams == 2 }

    let (commit, image) = try ArgoCDWorld.facts(of: first)
    play.argocd.show("backend") {
      $0.revisions = [commit]
      $0.health = "Progressing"
      $0.operation = FakeApplication.Operation("Succeeded", revisions: [commit])
      $0.pods = [FakeApplication.Pod("backend-new", image: image, reason: "ContainerCreating")]
    }
    try await play.waitFor("new pods are starting", of: first)
    let known = TestClock().now()
    play.argocd.showPods(
      of: "backend",
      [FakeApplication.Pod("backend-new", image: image, reason: "ImagePullBackOff")])
    let failed = try await play.world.reach("backend-1", .failed)
    #expect(failed.failure?.message == "pod backend-new: ImagePullBackOff")
    let end = try #require(failed.finishedAt)
    print("figure: commit recorded → Argo CD told: \(told.at - landed.at)")
    print("figure: pod failure known to Argo CD → deployment failed: \(end - known)")
    // Asking alone would take up to two seconds; that is not measured, that it is not needed is.
    #expect(streams(play).count == 2)
    #expect(play.argocd.violations == [])
    await play.world.stop()
  }

  @Test("a stream that is cut goes on where it was, and what changed meanwhile is seen")
  func cut() async throws {
    let play = try await ArgoCDWorld.make()
    try await eventually("the stream") { play.argocd.openStreams == 1 }
    let deployment = try await play.land()
    try await eventually("both streams") { play.argocd.openStreams == 2 }
    play.argocd.show("backend") { $0.health = "Progressing" }
    let before = streams(play).count
    play.argocd.cutStreams()
    try await eventually("an end of both") { play.argocd.openStreams == 0 }
    try play.showLive(deployment)
    try await play.world.reach("backend-1", .live)
    try await eventually("another stream") {
      streams(play)[before...].contains { $0.contains("projects=shop&resourceVersion=4816") }
    }
    #expect(play.argocd.violations == [])
    await play.world.stop()
  }

  @Test("streams that stay open and tell nothing hide nothing: it is asked all the same")
  func silent() async throws {
    let play = try await ArgoCDWorld.make(clock: HurriedClock())
    try await eventually("the stream") { play.argocd.openStreams == 1 }
    let deployment = try await play.land()
    try await eventually("both streams") { play.argocd.openStreams == 2 }
    let before = streams(play).count
    play.argocd.muteStreams(true)
    let (commit, image) = try ArgoCDWorld.facts(of: deployment)
    play.argocd.show("backend") {
      $0.revisions = [commit]
      $0.health = "Progressing"
      $0.operation = FakeApplication.Operation("Succeeded", revisions: [commit])
      $0.pods = [FakeApplication.Pod("backend-new", image: image, reason: "ContainerCreating")]
    }
    try await play.waitFor("new pods are starting", of: deployment)
    try play.showLive(deployment)
    try await play.world.reach("backend-1", .live)
    #expect(streams(play).count == before)
    #expect(play.argocd.violations == [])
    await play.world.stop()
  }

  @Test("a stream on which even comments stay away is opened anew, and begins with what there is")
  func dead() async throws {
    var patience = ArgoCDClient.Patience()
    patience.silence = .milliseconds(300)
    let play = try await ArgoCDWorld.make(clock: HurriedClock(), patience: patience)
    let deployment = try await play.land()
    try await eventually("others in their place") { streams(play).count > 3 }
    try play.showLive(deployment)
    try await play.world.reach("backend-1", .live)
    await play.world.stop()
  }

  @Test("the open streams are counted")
  func counted() async throws {
    let play = try await ArgoCDWorld.make()
    let metrics = play.world.metrics
    _ = try await play.land()
    try await eventually("two") {
      await metrics.exposition().text.contains("slipway_argocd_streams 2\n")
    }
    await play.world.stop()
    #expect(await metrics.exposition().text.contains("slipway_argocd_streams 0\n"))
  }

  @Test("where streams are refused it is asked, and nothing else changes")
  func refused() async throws {
    let play = try await ArgoCDWorld.make()
    play.argocd.refuseStreams(true)
    play.argocd.cutStreams()
    let deployment = try await play.land()
    try play.showLive(deployment)
    try await play.world.reach("backend-1", .live)
    #expect(play.argocd.openStreams == 0)
    await play.world.stop()
  }

  @Test("R1: a restart in the middle begins with what there is, and ends as it would have")
  func restart() async throws {
    let play = try await ArgoCDWorld.make()
    let deployment = try await play.land()
    await play.world.stop()
    try await eventually("an end of the streams") {
      // A server notices that its client is gone when it writes.
      play.argocd.show("backend") { $0.health = "Progressing" }
      return play.argocd.openStreams == 0
    }
    try play.showLive(deployment)
    let before = play.argocd.calls.count
    try await play.world.restart()
    try await play.world.reach("backend-1", .live)
    let calls = play.argocd.calls[before...]
    #expect(calls.contains { $0.contains("refresh=normal") })
    #expect(calls.filter { $0.contains("/stream/") }.allSatisfy { !$0.contains("resourceVersion") })
    await play.world.stop()
  }

  @Test("the health of what nobody rolls out follows the stream, too")
  func health() async throws {
    let play = try await ArgoCDWorld.make()
    let name = try #require(ServiceName("backend"))
    try await eventually("the first look") {
      play.world.pipeline.rollouts.health(of: name)?.status == .healthy
    }
    try await eventually("the stream") { play.argocd.openStreams == 1 }
    play.argocd.show("backend") { $0.health = "Degraded" }
    try await eventually("its health") {
      play.world.pipeline.rollouts.health(of: name)?.status == .degraded
    }
    await play.world.stop()
  }

  @Test("a sync on demand compares, and starts an operation where auto-sync is off; one at a time")
  func onDemand() async throws {
    let play = try await ArgoCDWorld.make()
    let name = try #require(ServiceName("backend"))
    let requests = play.world.pipeline.rolloutRequests
    #expect(try await requests.sync(name).applications.map(\.rollout.sync) == [.synced])
    #expect(!play.argocd.calls.contains { $0.hasPrefix("POST") })
    play.argocd.show("backend") {
      $0.isAutoSynced = false
      $0.sync = "OutOfSync"
    }
    #expect(try await requests.sync(name).applications.first?.rollout.isOperationAsked == true)
    await #expect(throws: Refusal.self) { try await requests.sync(name) }
    #expect(play.argocd.calls.contains("POST /api/v1/applications/backend/sync"))
    #expect(play.argocd.violations == [])
    await play.world.stop()
  }

  @Test("a retry takes the commit that is there, and syncs again what failed before it, once")
  func retry() async throws {
    let play = try await ArgoCDWorld.make()
    let first = try await play.land()
    let (commit, _) = try ArgoCDWorld.facts(of: first)
    play.argocd.show("backend") {
      $0.revisions = [commit]
      $0.sync = "OutOfSync"
      $0.operation = FakeApplication.Operation(
        "Failed", message: "an admission webhook is down", revisions: [commit])
    }
    try await play.world.reach("backend-1", .failed)
    play.argocd.show("backend") { $0.operation?.startedAt = "2025-12-06T02:00:05Z" }

    _ = try await play.world.pipeline.cancelAndRetry.retry(first.id, actor: "ada", reason: "")
    await play.world.pipeline.wake()
    let second = try await play.world.reach("backend-2", .syncing, .failed)
    #expect(second.manifestCommit == first.manifestCommit)
    try await play.waitFor(
      "an earlier sync of the commit failed: an admission webhook is down", of: second)
    try await play.waitFor("asked Argo CD to sync again", of: second)
    try await play.waitFor("a sync has been asked for", of: second)
    // It fails once more, and that is its own failure.
    play.argocd.show("backend") {
      $0.requested = nil
      $0.operation = FakeApplication.Operation(
        "Failed", message: "it is still down", revisions: [commit])
      // By a clock that is late.
      $0.operation?.startedAt = "2025-12-06T02:00:06Z"
    }
    let failed = try await play.world.reach("backend-2", .failed)
    #expect(failed.failure?.message == "it is still down")
    #expect(play.argocd.calls.count { $0 == "POST /api/v1/applications/backend/sync" } == 1)
    #expect(play.argocd.violations == [])
    await play.world.stop()
  }

  @Test("several services in one application are judged by their own images")
  func shared() async throws {
    let shared = [ArgoCDWorld.named("shop")]
    let play = try await ArgoCDWorld.make(
      applications: ["backend": shared, "frontend": shared])
    let backend = try await play.land("backend")
    let frontend = try await play.land("frontend", version: "two")
    let (_, image) = try ArgoCDWorld.facts(of: backend)
    let (commit, other) = try ArgoCDWorld.facts(of: frontend)
    play.argocd.show("shop") {
      $0.revisions = [commit]
      $0.health = "Degraded"
      $0.operation = FakeApplication.Operation("Succeeded", revisions: [commit])
      $0.images = [image, other]
      $0.resources = [
        FakeApplication.Resource("Deployment/backend", health: "Healthy"),
        FakeApplication.Resource("Deployment/frontend", health: "Degraded", message: "deadline"),
      ]
      $0.pods = [
        FakeApplication.Pod("backend-1", image: image, workload: "backend"),
        FakeApplication.Pod(
          "frontend-1", image: other, reason: "ImagePullBackOff", workload: "frontend"),
      ]
    }
    try await play.world.reach("frontend-1", .failed)
    try await play.waitFor(
      "degraded, by what does not run our image: Deployment/frontend: deadline", of: backend)
    #expect(try await play.world.deployment("backend-1").state == .syncing)
    play.argocd.show("shop") {
      $0.health = "Healthy"
      $0.pods = [FakeApplication.Pod("backend-1", image: image, workload: "backend")]
    }
    try await play.world.reach("backend-1", .live)
    await play.world.stop()
  }

  @Test("one service in several applications is live when it is in all of them")
  func several() async throws {
    let play = try await ArgoCDWorld.make(applications: [
      "backend": [
        ArgoCDWorld.named("backend-eu"), ArgoCDWorld.named("backend-us", appNamespace: "us"),
      ]
    ])
    let deployment = try await play.land()
    try play.showLive(deployment, in: "backend-eu")
    try await play.waitFor("backend-eu: synced, healthy, and the image runs", of: deployment)
    try await play.waitFor("backend-us: Argo CD has not compared", of: deployment)
    #expect(try await play.world.deployment("backend-1").state == .syncing)
    try play.showLive(deployment, in: "backend-us")
    try await play.world.reach("backend-1", .live)
    #expect(play.argocd.calls.contains { $0.contains("backend-us?project=shop&appNamespace=us") })
    #expect(play.argocd.violations == [])
    await play.world.stop()
  }
}

/// Pauses are a twentieth of what they should be.
private struct HurriedClock: WallClock {
  func now() -> Timestamp { TestClock().now() }
  func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration / 20) }
}
