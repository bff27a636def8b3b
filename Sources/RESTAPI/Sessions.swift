import DeployModel
import OpenSSLKit
import Posix
import Synchronization

/// Who signed in with a token in a browser. Kept in memory: a session is a random name for a token,
/// and ends with it.
final class Sessions: Sendable {
  /// What the browser keeps: 256 random bits in hexadecimal.
  struct ID: Hashable, Sendable {
    var text: String
  }

  private struct Session {
    var token: [UInt8]
    var beganAt: Timestamp
    var usedAt: Timestamp

    func isAlive(at now: Timestamp) -> Bool {
      now < usedAt + Sessions.idle && now < beganAt + Sessions.lifetime
    }
  }

  /// A browser that is closed is signed out after a day; nobody stays for more than a week.
  static let idle: Duration = .seconds(24 * 3600)
  static let lifetime: Duration = .seconds(7 * 24 * 3600)
  /// R12: of each token; the one that was used longest ago makes room. Nobody takes the place of
  /// those who have another token.
  static let perToken = 50

  private let clock: any WallClock
  /// By the SHA-256 of their ids: no time of a look-up says anything about an id that is there.
  private let sessions = Mutex<[[UInt8]: Session]>([:])

  init(clock: any WallClock) { self.clock = clock }

  /// - Parameter token: its digest.
  func begin(token: [UInt8]) throws(PosixError) -> ID {
    let id = ID(text: Self.hexadecimal(try SystemRandom.bytes(32)))
    let now = clock.now()
    sessions.withLock { sessions in
      sessions = sessions.filter { $0.value.isAlive(at: now) }
      let siblings = sessions.filter { $0.value.token == token }
      if siblings.count >= Self.perToken,
        let oldest = siblings.min(by: { $0.value.usedAt < $1.value.usedAt })
      {
        sessions[oldest.key] = nil
      }
      sessions[key(id)] = Session(token: token, beganAt: now, usedAt: now)
    }
    return id
  }

  /// The digest of the token that it stands for; nil if it has ended. Counts as use.
  func token(of id: ID) -> [UInt8]? {
    let now = clock.now()
    let key = key(id)
    return sessions.withLock { sessions in
      guard let session = sessions[key], session.isAlive(at: now) else {
        sessions[key] = nil
        return nil
      }
      sessions[key]?.usedAt = now
      return session.token
    }
  }

  func end(_ id: ID) { sessions.withLock { $0[key(id)] = nil } }

  /// Those of other tokens end.
  func keep(tokens: Set<[UInt8]>) {
    sessions.withLock { $0 = $0.filter { tokens.contains($0.value.token) } }
  }

  private func key(_ id: ID) -> [UInt8] {
    var hash = SHA256()
    hash.update(Array(id.text.utf8))
    return hash.digest()
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      let text = String(byte, radix: 16)
      return text.utf8.count == 1 ? "0\(text)" : text
    }.joined()
  }
}
