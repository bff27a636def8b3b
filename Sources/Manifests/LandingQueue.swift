import DeployModel

/// An edit that waits for its outcome.
struct PendingEdit {
  var ticket: Int
  var edit: ManifestEdit
  var deadline: Timestamp
}

/// How one attempt to land a batch ended, besides the outcomes that are final, for those that took
/// part in it.
enum AttemptEnd: Hashable {
  /// Every edit has its outcome, or its service's newest one failed on its own.
  case settled
  /// The tip moved in between: the same again, on the new one. So many services were in the push.
  case moved(services: Int)
  /// The server will not have what was pushed for these services.
  case refused(services: [ServiceName], tickets: [Int], words: String, tipMoved: Bool)
  /// A hold, rollback or manual deployment was accepted just before the push: the same again, at once.
  case decidedAnew
  case trouble(String)
}

/// Splits what waits into pushes. Normally it is one. After a refusal the services that were in it
/// are pushed by halves, until the guilty one stands alone (R6). After a lost race they are too:
/// what takes less time is overtaken less often.
struct LandingGroups {
  /// How many services may share a push with this one.
  private var limits: [ServiceName: Int] = [:]
  /// Refusals of this service alone, in a row.
  private var refusals: [ServiceName: Int] = [:]

  /// How many services may share a push since races were lost; nil: all.
  private var raceLimit: Int?
  /// Commits cost little beside a fetch and a push: with fewer, a race is not won more often. And a
  /// push of fewer than a hundred objects costs the server a file for each
  /// (git-config(1), receive.unpackLimit).
  private static let smallPush = 32
  /// A signature is a process, and each commit waits for the one before.
  private static let smallSignedPush = 1

  /// In their last attempt they waited for something of their own. They stand apart: a place in a
  /// push that is limited is for those that can take it.
  private var deferred: Set<ServiceName> = []

  /// A tip that moves all the time would make every refusal inconclusive; this many are enough.
  private static let refusalLimit = 3

  /// The next pushes, not all there will be: what waits changes with each. All edits of a service
  /// stay together, since only its newest is to land.
  func split(_ edits: [PendingEdit]) -> [[PendingEdit]] {
    var byService: [ServiceName: [PendingEdit]] = [:]
    var services: [ServiceName] = []
    for edit in edits {
      if byService[edit.edit.service] == nil { services.append(edit.edit.service) }
      byService[edit.edit.service, default: []].append(edit)
    }
    let free = services.filter { limits[$0] == nil }
    let ready = free.filter { !deferred.contains($0) }.prefix(raceLimit ?? .max)
    var groups = [Array(ready), free.filter(deferred.contains)].filter { !$0.isEmpty }
    var open: (services: [ServiceName], limit: Int)?
    for service in services {
      guard let limit = limits[service] else { continue }
      if let group = open, group.services.count < group.limit, group.limit == limit {
        open?.services.append(service)
      } else {
        if let group = open { groups.append(group.services) }
        open = ([service], limit)
      }
    }
    if let group = open { groups.append(group.services) }
    return groups.map { $0.flatMap { byService[$0] ?? [] } }
  }

  mutating func tried(_ services: Set<ServiceName>, deferred late: Set<ServiceName>) {
    deferred = deferred.subtracting(services).union(late)
  }

  /// Whether only those of `services` are left that wait for something of their own.
  func areDeferred(_ services: some Sequence<ServiceName>) -> Bool {
    services.allSatisfy(deferred.contains)
  }

  mutating func loseRace(withServices count: Int, areSigned: Bool) {
    let small = areSigned ? Self.smallSignedPush : Self.smallPush
    if count > small { raceLimit = max(small, count / 2) }
  }

  /// More at a time again.
  mutating func win() { raceLimit = raceLimit.flatMap { $0 < 1024 ? $0 * 2 : nil } }

  /// - Returns: whether the refusal is final: one service, and nothing else can be to blame.
  mutating func refuse(_ services: [ServiceName], tipMoved: Bool) -> Bool {
    if services.count == 1, let service = services.first {
      limits[service] = 1
      refusals[service, default: 0] += 1
      return !tipMoved || refusals[service, default: 0] >= Self.refusalLimit
    }
    for service in services { limits[service] = max(1, services.count / 2) }
    return false
  }

  /// Forgets what is known of services that wait no more.
  mutating func keep(_ services: Set<ServiceName>) {
    limits = limits.filter { services.contains($0.key) }
    refusals = refusals.filter { services.contains($0.key) }
    deferred.formIntersection(services)
  }
}
