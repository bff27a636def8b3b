import DeployModel
import OpenSSLKit
import Posix
import Synchronization

/// Who signed in with a token in a browser. A session is a random name for a token, and ends with
/// it. Kept in the store, for every process that shares it, and remembered here for a moment.
final class Sessions: Sendable {
  /// What the browser keeps: 256 random bits in hexadecimal.
  struct ID: Hashable, Sendable {
    var text: String
  }

  private struct Memory {
    var known: [String: (session: StoredSession, readAt: Timestamp)] = [:]
    /// How many sessions ended here: what was read before one ended is not remembered.
    var ends = 0
  }

  /// A browser that is closed is signed out after a day; nobody stays for more than a week.
  static let idle: Duration = .seconds(24 * 3600)
  static let lifetime: Duration = .seconds(7 * 24 * 3600)
  /// R12: of each token; the one that was used longest ago makes room. Nobody takes the place of
  /// those who have another token.
  static let perToken = 50
  /// How long what was read is relied on, and so how long a session can outlive its end in another
  /// process.
  static let memory: Duration = .seconds(5)
  /// Use is written down no more often than that.
  static let useGrain: Duration = .seconds(60)
  /// R12: sessions remembered. Beyond it all are read anew.
  private static let remembered = 1000

  private let store: any SessionStore
  private let clock: any WallClock
  private let memory = Mutex(Memory())

  init(store: any SessionStore, clock: any WallClock) {
    self.store = store
    self.clock = clock
  }

  func begin(_ token: SessionToken) async throws(Problem) -> ID {
    let id: ID
    do throws(PosixError) {
      id = ID(text: hexadecimal(try SystemRandom.bytes(32)))
    } catch {
      throw .defect("no random bytes: \(error)")
    }
    let now = clock.now()
    let session = StoredSession(
      nameSHA256: Self.key(id), token: token.name, binding: Self.binding(id, token),
      beganAt: now, usedAt: now)
    let ends = memory.withLock(\.ends)
    try await storing { () async throws(StoreError) in
      try await store.begin(
        session, keeping: Self.perToken, usedAfter: now.before(Self.idle),
        begunAfter: now.before(Self.lifetime))
    }
    remember(session, readAt: now, ends: ends)
    return id
  }

  /// Nil if it has ended, or its token has another secret by now, or is no longer there. Counts as
  /// use.
  ///
  /// - Parameter token: by its name, if there is one.
  func token(
    of id: ID, among token: (_ name: String) -> SessionToken?
  ) async throws(Problem) -> SessionToken? {
    let key = Self.key(id)
    let now = clock.now()
    guard let session = try await session(key, now), session.isAlive(at: now) else { return nil }
    guard let token = token(session.token),
      ConstantTime.equal(Array(Self.binding(id, token).utf8), Array(session.binding.utf8))
    else {
      try await end(id)
      return nil
    }
    if now >= session.usedAt + Self.useGrain { await noteUse(of: session, at: now) }
    return token
  }

  func end(_ id: ID) async throws(Problem) {
    let key = Self.key(id)
    try await storing { () async throws(StoreError) in
      try await store.endSession(nameSHA256: key)
    }
    memory.withLock { memory in
      memory.known[key] = nil
      memory.ends += 1
    }
  }

  private func session(
    _ key: String, _ now: Timestamp
  ) async throws(Problem) -> StoredSession? {
    let (known, ends) = memory.withLock { ($0.known[key], $0.ends) }
    if let known, now < known.readAt + Self.memory { return known.session }
    let session = try await storing { () async throws(StoreError) in
      try await store.session(nameSHA256: key)
    }
    guard let session else {
      memory.withLock { $0.known[key] = nil }
      return nil
    }
    remember(session, readAt: now, ends: ends)
    return session
  }

  private func remember(_ session: StoredSession, readAt: Timestamp, ends: Int) {
    memory.withLock { memory in
      guard memory.ends == ends else { return }
      if memory.known.count >= Self.remembered { memory.known = [:] }
      memory.known[session.nameSHA256] = (session, readAt)
    }
  }

  private func noteUse(of session: StoredSession, at now: Timestamp) async {
    do throws(StoreError) {
      try await store.noteUse(ofSession: session.nameSHA256, at: now)
      memory.withLock { $0.known[session.nameSHA256]?.session.usedAt = now }
    } catch {
      // Reading goes on where nothing can be written; the next use says it again.
    }
  }

  private static func key(_ id: ID) -> String {
    var hash = SHA256()
    hash.update(Array(id.text.utf8))
    return hexadecimal(hash.digest())
  }

  /// Without the id, which only the browser has, it says nothing of the token.
  private static func binding(_ id: ID, _ token: SessionToken) -> String {
    var hash = SHA256()
    hash.update(Array(id.text.utf8))
    hash.update(token.digest)
    return hexadecimal(hash.digest())
  }
}

/// The token of a session.
struct SessionToken: Hashable, Sendable {
  var name: String
  /// The secret's SHA-256.
  var digest: [UInt8]
}

extension StoredSession {
  fileprivate func isAlive(at now: Timestamp) -> Bool {
    now < usedAt + Sessions.idle && now < beganAt + Sessions.lifetime
  }
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
  bytes.map { byte in
    let text = String(byte, radix: 16)
    return text.utf8.count == 1 ? "0\(text)" : text
  }.joined()
}
