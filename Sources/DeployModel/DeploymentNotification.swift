/// `n42`: a notification's place in the order in which notifications came to be owed.
package struct NotificationID: Hashable, Sendable, CustomStringConvertible {
  package let sequence: Int64

  package init(sequence: Int64) { self.sequence = sequence }

  package init?(_ text: some StringProtocol) {
    let digits = text.utf8.dropFirst()
    guard text.utf8.first == UInt8(ascii: "n"), !digits.isEmpty, digits.count <= 18,
      digits.first != UInt8(ascii: "0"),
      digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    sequence = digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
  }

  package var description: String { "n\(sequence)" }
}

/// What a target wants to be told of.
package struct NotificationFilter: Hashable, Sendable {
  package var target: TargetName
  /// Nil: all services.
  package var services: Set<ServiceName>?
  package var states: Set<DeploymentState>

  package init(
    target: TargetName, services: Set<ServiceName>? = nil,
    states: Set<DeploymentState> = NotificationFilter.ends
  ) {
    self.target = target
    self.services = services
    self.states = states
  }

  /// Where nothing else is asked for: the states in which deployments end.
  package static let ends = Set(DeploymentState.allCases.filter(\.isFinal))

  package func wants(_ state: DeploymentState, of service: ServiceName) -> Bool {
    states.contains(state) && (services?.contains(service) ?? true)
  }
}

/// One step of one deployment that one target is told of: owed from the transaction that stored the
/// step, until the target has taken it or is given up.
package struct DeploymentNotification: Hashable, Sendable {
  package enum Status: String, Sendable, CaseIterable {
    /// Sent again and again until it is taken.
    case pending
    case delivered
    /// Given up: only sent again when somebody asks for it.
    case dead
  }

  package var id: NotificationID
  package var target: TargetName
  package var deployment: DeploymentID
  /// Of the step in the deployment's timeline, from 1 on.
  package var position: Int
  package var step: Transition
  /// The state before; nil for the deployment's first.
  package var before: DeploymentState?
  package var status: Status
  package var attempts: Int
  /// Since the step, or since it was last asked for again.
  package var owedSince: Timestamp
  /// When it is sent next; nil unless it is pending.
  package var dueAt: Timestamp?
  package var endedAt: Timestamp?
  /// Why the last attempt came to nothing. Holds no secret.
  package var lastError: String?

  package init(
    id: NotificationID, target: TargetName, deployment: DeploymentID, position: Int,
    step: Transition, before: DeploymentState?, status: Status, attempts: Int,
    owedSince: Timestamp, dueAt: Timestamp?, endedAt: Timestamp?, lastError: String?
  ) {
    self.id = id
    self.target = target
    self.deployment = deployment
    self.position = position
    self.step = step
    self.before = before
    self.status = status
    self.attempts = attempts
    self.owedSince = owedSince
    self.dueAt = dueAt
    self.endedAt = endedAt
    self.lastError = lastError
  }

  /// By which a receiver knows a double: the same for every attempt, and for every target. The time
  /// tells apart what a store that began anew numbers like an old one.
  package var event: String { "\(deployment).\(position).\(step.at.milliseconds)" }
}

/// What an attempt came to.
package enum NotificationOutcome: Hashable, Sendable {
  case delivered
  case again(at: Timestamp, because: String)
  case dead(because: String)
}

package struct NotificationQuery: Hashable, Sendable {
  /// Empty for all.
  package var statuses: [DeploymentNotification.Status]
  package var before: Int64?
  package var limit: Int

  package init(
    statuses: [DeploymentNotification.Status] = [], before: Int64? = nil, limit: Int = 50
  ) {
    self.statuses = statuses
    self.before = before
    self.limit = limit
  }
}
