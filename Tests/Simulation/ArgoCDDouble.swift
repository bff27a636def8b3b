import DeployModel
import Pipeline
import PipelineKit
import TestKit

/// Argo CD, one application for each service that it rolls out: shows what it makes of the tip when it is
/// told to look, and remembers what it showed.
struct ArgoCDDouble {
  enum Condition: CaseIterable, Sendable {
    case well
    /// Compared and synced, and new pods are on their way.
    case starting
    /// Synced at a revision whose manifests it has not rendered: what runs is what ran before.
    case notRendered
    case unpullable
    case crashing
  }

  struct Showing {
    var service: String
    var revision: String
    /// Of the image that runs, or is to run.
    var tag: String
    var condition: Condition

    var isBroken: Bool { condition == .unpullable || condition == .crashing }
    var isWell: Bool { condition == .well || condition == .notRendered }
  }

  /// Whom it rolls out.
  let observed: Set<String>
  private(set) var shown: [Showing] = []
  private(set) var isSilent = false
  private let world: PipelineWorld

  init(_ observed: Set<String>, _ world: PipelineWorld) {
    self.observed = observed
    self.world = world
  }

  static func application(of service: String) -> ArgoCDApplication {
    ArgoCDApplication(application: "shop-\(service)", project: nil, appNamespace: nil)
  }

  func last(_ service: String) -> Showing? { shown.last { $0.service == service } }

  mutating func fall(silent: Bool) {
    isSilent = silent
    world.rollouts.fail(
      with: silent ? RolloutError(.unavailable, "argocd.test cannot be reached") : nil)
  }

  /// Leaves out what git does not name.
  mutating func show(_ service: String, _ condition: Condition, _ git: GitView) throws {
    guard let wanted = git.text(kustomization(service), at: git.tip).flatMap(tag(in:)),
      let name = ServiceName(service),
      let image = world.configuration.current.services[name]?.image
    else { return }
    let running = last(service)?.tag ?? wanted
    let showing = Showing(
      service: service, revision: git.tip, tag: condition == .notRendered ? running : wanted,
      condition: condition)
    shown.append(showing)
    world.rollouts.show(
      Self.rollout(showing, image), for: Self.application(of: service).application)
  }

  private static func rollout(_ showing: Showing, _ image: ImageRepository) -> Rollout {
    let text = "\(image):\(showing.tag)"
    var rollout = Rollout(revisions: [showing.revision], images: [text])
    var reason = "Running"
    switch showing.condition {
    case .well, .notRendered: break
    case .starting: rollout.health = .progressing
    case .unpullable:
      rollout.health = .progressing
      reason = "ImagePullBackOff"
    case .crashing:
      rollout.health = .progressing
      reason = "CrashLoopBackOff"
    }
    rollout.pods = [
      Rollout.Pod(
        name: "\(showing.service)-1", images: [text], reason: reason, message: "",
        restarts: showing.condition == .crashing ? 3 : 0)
    ]
    return rollout
  }
}
