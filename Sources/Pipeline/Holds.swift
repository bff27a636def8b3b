package import DeployModel
import Logging

/// R9: placing a hold, ending it, and what then lands.
package struct Holds: Sendable {
  let parts: PipelineParts

  /// How long a hold is to last, as a request says it.
  package enum Length: Hashable, Sendable {
    case released
    case nextPush
    case duration(Duration)
  }

  /// Returns the hold's sequence.
  @discardableResult
  package func place(
    on service: ServiceName, until length: Length, reason: String, actor: String
  ) async throws(Refusal) -> Int64? {
    try requireConfigured(service)
    let now = parts.clock.now()
    do throws(StoreError) {
      let sequence = try await parts.store.placeHold(
        Hold(until: length.until(from: now), reason: reason, actor: actor, since: now),
        on: service)
      parts.events.publish(.service(service))
      return sequence
    } catch {
      throw Refusal(error)
    }
  }

  /// - Parameter sequence: of the hold that is meant; nil: whichever is there.
  /// - Returns: the deployment that lands because of it, if one waits.
  package func release(
    _ service: ServiceName, onlyIf sequence: Int64? = nil, reason: String, actor: String
  ) async throws(Refusal) -> DeploymentID? {
    try requireConfigured(service)
    do throws(StoreError) {
      return try await end(
        service, "\(actor) released the hold\(reason.isEmpty ? "" : ": \(reason)")",
        onlyIfSequence: sequence)
    } catch {
      throw Refusal(error)
    }
  }

  /// Ends the holds whose time has come; returns whether something may land because of it.
  func releaseExpired() async throws(StoreError) -> Bool {
    let now = parts.clock.now()
    var released = false
    for hold in try await parts.store.expiredHolds(at: now) {
      released =
        try await end(
          hold.service, "the hold's time is over", onlyIfSequence: hold.sequence) != nil
        || released
    }
    return released
  }

  private func end(
    _ service: ServiceName, _ reason: String, onlyIfSequence: Int64?
  ) async throws(StoreError) -> DeploymentID? {
    let landing = try await parts.store.releaseHold(
      on: service, at: parts.clock.now(), reason: reason, onlyIfSequence: onlyIfSequence)
    parts.events.publish(.service(service))
    return landing?.id
  }

  private func requireConfigured(_ service: ServiceName) throws(Refusal) {
    guard parts.configuration.current.services[service] != nil else {
      throw .notFound("there is no service \(service)")
    }
  }
}

extension Holds.Length {
  func until(from now: Timestamp) -> Hold.Until {
    switch self {
    case .released: .released
    case .nextPush: .nextPush
    case .duration(let duration): .time(now + duration)
    }
  }
}
