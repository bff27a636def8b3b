import DeployModel
import Foundation
import Pipeline
import PipelineKit
import TestKit

/// How each step is taken. What cannot be done now (there is nothing to cancel, say) is left out.
extension Town {
  func take(_ step: Step) async throws {
    do {
      try await perform(step)
    } catch Refusal.unavailable, StoreError.unavailable {
      // It was written, perhaps, and whoever asked was not told.
      granted.append(contentsOf: Self.services.map(Granted.unclear))
    } catch is Refusal {
      // A refusal is an answer; what it must not change is checked.
    }
    try await replaceTheDead()
  }

  private func perform(_ step: Step) async throws {
    switch step {
    case .push(let services, let skip, let arrival):
      try await ready()
      let names = services.map { Self.services[$0] }
      try await tell(try await developer.change(names, skip: skip), arrival)
    case .restore(let service, let arrival):
      try await ready()
      try await tell(try await developer.restore(Self.services[service]), arrival)
    case .docs(let arrival):
      try await ready()
      try await tell(try await developer.document(), arrival)
    case .migrate(let arrival):
      try await ready()
      try await tell(try await developer.migrate(), arrival)
    case .rewind(let pick, let then, let arrival):
      try await rewind(pick, then, arrival)
    case .editTag(let service, let pick, let arrival):
      try await editTag(Self.services[service], pick, arrival)
    case .comment(let service, let arrival):
      try await edit(Self.services[service], "docs: say why", arrival) { "\($0)# said by Ada\n" }
    case .revertOurs(let pick, let arrival):
      try await ready()
      try await refresh()
      let ours = manifests.branch.suffix(8).filter { manifests.commits[$0]?.isOurs == true }
      guard !ours.isEmpty, poisoned.isEmpty,
        let commit = manifests.commits[ours[pick % ours.count]],
        let ends = try await keeper.revert(commit)
      else { return }
      try await tellOfManifests(ends, arrival)
    case .poison(let service):
      let name = Self.services[service]
      guard !poisoned.contains(name) else { return }
      blame.manifests.insert(name)
      try await edit(name, "chore: break", .now) { "broken: [\n\($0)" }
      poisoned.insert(name)
    case .mend(let service): try await mend(Self.services[service])
    case .deliverLate(let pick):
      guard !github.late.isEmpty else { return }
      try await send(github.late.remove(at: pick % github.late.count))
    case .redeliver(let pick, let sameGUID):
      guard !github.accepted.isEmpty else { return }
      let old = github.accepted[pick % github.accepted.count]
      try await send(
        sameGUID ? old : github.notice(old.before, old.after, forced: old.forced))
    case .finish(let pick, let fails):
      let running = world.builder.running.map(\.service.description).sorted()
      guard !running.isEmpty else { return }
      try await finish(running[pick % running.count], fails: fails)
    case .catchUp:
      try await refresh()
      lookups.append(sources.ownBlobs)
      isCatchingUp = true
      for _ in 1...2 { await world.pipeline.lookAtGit() }
    case .look: await world.pipeline.lookAtGit(catchingUp: false)
    default: try await command(step)
    }
  }

  /// Whoever pushes needs the ref unlocked.
  private func ready() async throws { if isLocked { try unlock() } }

  private func tell(_ ends: (String, String), _ arrival: Step.Arrival, forced: Bool = false)
    async throws
  {
    let notice = github.notice(ends.0, ends.1, forced: forced)
    switch arrival {
    case .now: try await send(notice)
    case .late: github.late.append(notice)
    case .never: break
    }
  }

  /// Of a repository that nothing is built from GitHub sends nothing.
  private func tellOfManifests(
    _ ends: (String, String), _ arrival: Step.Arrival, forced: Bool = false
  ) async throws {
    if keeper === developer { try await tell(ends, arrival, forced: forced) }
  }

  /// What became of it; nil: it is not stored.
  func outcome(of notice: PushNotice) async throws -> DeliveryOutcome? {
    guard let guid = DeliveryGUID(notice.guid) else { return nil }
    return try await world.store.delivery(guid)?.outcome
  }

  private func send(_ notice: PushNotice) async throws {
    try await refresh()
    let isKnown = try await outcome(of: notice) != nil
    sent.append(
      Sent(notice: notice, tip: sources.tip, ownBlobs: sources.ownBlobs, isKnown: isKnown))
    _ = try await github.send(notice, to: world.pipeline)
  }

  /// A force push takes off up to four commits, of sources or of manifests.
  private func rewind(_ pick: Int, _ then: Int?, _ arrival: Step.Arrival) async throws {
    try await ready()
    try await refresh()
    let isOfManifests = keeper !== developer && pick % 2 == 0
    let (person, git) = isOfManifests ? (keeper, manifests) : (developer, sources)
    let branch = git.branch
    guard branch.count > 2 else { return }
    let index = max(0, branch.count - 2 - pick % 4)
    let (goal, kept) = (branch[index], branch[...index])
    let before = try await person.rewind(to: goal, keeping: Set(kept))
    if git === manifests {
      isRewound = true
      let broken = Self.services.filter {
        git.text(kustomization($0), at: goal)?.hasPrefix("broken") == true
      }
      poisoned = Set(broken)
    }
    guard !isOfManifests else { return }
    var after = goal
    if let then { after = try await developer.change([Self.services[then]], skip: false).1 }
    try await tell((before, after), arrival, forced: true)
  }

  private func editTag(_ service: String, _ pick: Int, _ arrival: Step.Arrival) async throws {
    let text = manifests.text(kustomization(service), at: manifests.tip) ?? ""
    let name = try name(service)
    let image = world.configuration.current.services[name]?.image
    var tags = image.map { world.registry.tags(of: $0).keys.map(\.name) } ?? []
    tags = tags.filter { $0 != "latest" && !$0.hasPrefix("sha-") && $0 != tag(in: text) }.sorted()
    let chosen = pick % 4 == 0 || tags.isEmpty ? "v\(pick)" : tags[pick % tags.count]
    try await edit(service, "chore: use \(chosen)", arrival) { setting(chosen, in: $0) }
  }

  private func edit(
    _ service: String, _ message: String, _ arrival: Step.Arrival,
    _ change: (String) -> String
  ) async throws {
    try await ready()
    guard let ends = try await keeper.edit(kustomization(service), message, change) else { return }
    try await tellOfManifests(ends, arrival)
  }

  func mend(_ service: String) async throws {
    guard poisoned.contains(service) else { return }
    try await edit(service, "fix: mend", .now) { $0.replacing("broken: [\n", with: "") }
    poisoned.remove(service)
  }

  /// A push of the service, and its build, until its commit is on the branch; or not, if something is
  /// in its way.
  func land(_ service: Int) async throws {
    let before = process
    let pushed = try await build(service)
    _ = try await comes(afterAtMost: 200) {
      try before.isDead || tip(of: manifests.origin) != pushed
    }
  }

  /// A push of the service and its build; while its commit waits to be pushed, somebody else pushes.
  func outrun(_ service: Int) async throws {
    let before = process
    before.stall(at: .intents)
    _ = try await build(service)
    _ = try await comes(afterAtMost: 200) { before.isDead || before.isStalling }
    try await tellOfManifests(try await keeper.document(), .now)
    before.goOn()
  }

  /// Returns where manifests were when the build ended.
  private func build(_ service: Int) async throws -> String {
    let name = Self.services[service]
    try await perform(.push(services: [service], skip: false, .now))
    _ = try await comes(afterAtMost: 200) {
      world.builder.running.contains { "\($0.service)" == name }
    }
    let before = try tip(of: manifests.origin)
    try await finish(name, fails: false)
    return before
  }
}
