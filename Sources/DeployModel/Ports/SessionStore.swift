/// Somebody who signed in with a token in a browser. Opens nothing by itself: it tells neither what
/// the browser keeps nor the token (R13).
package struct StoredSession: Hashable, Sendable {
  /// The SHA-256 of what the browser keeps, in hexadecimal.
  package var nameSHA256: String
  /// What the configuration calls the token.
  package var token: String
  /// Ties the session to the token's secret: see `Sessions`.
  package var binding: String
  package var beganAt: Timestamp
  package var usedAt: Timestamp

  package init(
    nameSHA256: String, token: String, binding: String, beganAt: Timestamp, usedAt: Timestamp
  ) {
    self.nameSHA256 = nameSHA256
    self.token = token
    self.binding = binding
    self.beganAt = beganAt
    self.usedAt = usedAt
  }
}

/// Who is signed in, for every process that shares the store. Held to `StoreContract`.
package protocol SessionStore: Sendable {
  /// Begins a session. In the same transaction those end that were used, or begun, no later than
  /// these times; and of its token's all but the `count` that were used last.
  func begin(
    _ session: StoredSession, keeping count: Int, usedAfter: Timestamp, begunAfter: Timestamp
  ) async throws(StoreError)
  func session(nameSHA256: String) async throws(StoreError) -> StoredSession?
  /// Never moves the time back.
  func noteUse(ofSession nameSHA256: String, at time: Timestamp) async throws(StoreError)
  func endSession(nameSHA256: String) async throws(StoreError)
}
