/// One thing that happens to a town. Numbers named `pick` choose among what is there by then, so that
/// the steps of a seed are known before the first is taken.
enum Step: Sendable {
  enum Arrival: Sendable { case now, late, never }
  enum HoldLength: Sendable { case released, nextPush, hour, none }

  static let hour: Duration = .seconds(3600)

  // What people push.
  case push(services: [Int], skip: Bool, Arrival)
  /// The services' files as they were before their last change: A→B→A.
  case restore(service: Int, Arrival)
  case docs(Arrival)
  /// A change of the one service that has migrations, with another of them.
  case migrate(Arrival)
  case rewind(pick: Int, then: Int?, Arrival)
  case editTag(service: Int, pick: Int, Arrival)
  case comment(service: Int, Arrival)
  case revertOurs(pick: Int, Arrival)
  case poison(service: Int)
  case mend(service: Int)

  // What GitHub sends.
  case deliverLate(pick: Int)
  case redeliver(pick: Int, sameGUID: Bool)
  /// The branch is looked at until what no delivery told of is caught up.
  case catchUp

  // What builders and people do.
  case finish(pick: Int, fails: Bool)
  case cancel(pick: Int)
  case retry(pick: Int)
  case rollBack(service: Int, to: Int?, HoldLength, acceptsMigrations: Bool)
  case hold(service: Int, HoldLength)
  case release(service: Int)
  case deploy(service: Int, pick: Int?, rebuild: Bool, overrideHold: Bool)
  case look
  /// An hour passes: holds end, and rollouts are given up.
  case waitAnHour
  /// What Argo CD shows from now on: of what it rolls out, or else of the service.
  case argo(service: Int, ArgoCDDouble.Condition)

  // What breaks.
  case registry(isDown: Bool)
  case refuse(service: Int)
  case accept
  case lock
  case unlock
  case loseAnswer
  /// Somebody pushes between the next decision and its push: `stale info`.
  case outrun(service: Int)
  /// Somebody gets in while the server takes the next push: `cannot lock ref`, `is at … but expected …`.
  case race
  case argoIsSilent(Bool)
  case restart
  case crash(MortalStore.Moment, isAfter: Bool)
  /// The next write of this kind is slow: until the next rest.
  case stall(MortalStore.Moment)
  /// Two landings of a service, of which the first is recorded last.
  case overtake(service: Int)
  /// The next write of this kind fails.
  case refuseWrite(MortalStore.Moment)
}

/// A step, and whether the next one waits until everything has come to rest.
package struct PlannedStep: Sendable, CustomStringConvertible {
  var step: Step
  var settles: Bool

  package var description: String { settles ? "\(step)" : "\(step), and on at once" }
}
