package struct NeverHappened: Error, CustomStringConvertible {
  package let description: String
}

/// Waits until `condition` holds, for what cannot announce itself (another process, a remote).
/// Returns as soon as it does; the limit is only for a condition that never comes.
package func eventually(
  _ what: @autoclosure () -> String, within limit: Duration = .seconds(60),
  _ condition: () async throws -> Bool
) async throws {
  let end = ContinuousClock.now + limit
  while ContinuousClock.now < end {
    if try await condition() { return }
    try await Task.sleep(for: .milliseconds(10))
  }
  throw NeverHappened(description: "\(what()) did not happen within \(limit)")
}
