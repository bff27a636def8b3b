import DeployModel
import Testing

/// Who is signed in.
extension ContractCase {
  static let sessions: [ContractCase] = [
    ContractCase("R13: a session is found by its name's digest until it is ended") { store in
      let session = try Self.session(1)
      #expect(try await store.session(nameSHA256: session.nameSHA256) == nil)
      try await begin(session, in: store)
      try await begin(try Self.session(2, token: "ana"), in: store)
      #expect(try await store.session(nameSHA256: session.nameSHA256) == session)
      try await store.endSession(nameSHA256: session.nameSHA256)
      try await store.endSession(nameSHA256: session.nameSHA256)
      #expect(try await store.session(nameSHA256: session.nameSHA256) == nil)
      #expect(try await kept(of: 1...9, in: store) == [2])
    },
    ContractCase("a session's use is noted, never back in time, and of none that has ended") {
      store in
      let session = try Self.session(1)
      try await begin(session, in: store)
      for seconds in [60, 30] as [Int64] {
        try await store.noteUse(ofSession: session.nameSHA256, at: second(seconds))
        let used = try await store.session(nameSHA256: session.nameSHA256)?.usedAt
        #expect(used == second(60))
      }
      let other = try Self.session(2)
      try await store.noteUse(ofSession: other.nameSHA256, at: second(1))
      #expect(try await kept(of: 1...9, in: store) == [1])
    },
    ContractCase("R12: a token keeps the sessions that were used last, and takes no other's place")
    {
      store in
      try await begin(try Self.session(9, token: "ana"), in: store, keeping: 2)
      for number in 1...2 { try await begin(try session(number), in: store, keeping: 2) }
      try await store.noteUse(ofSession: try session(1).nameSHA256, at: second(50))
      try await begin(try session(3), in: store, keeping: 2)
      #expect(try await kept(of: 1...9, in: store) == [1, 3, 9])
    },
    ContractCase("sessions that are too old go when another begins") { store in
      for number in 1...3 { try await begin(try session(number), in: store) }
      try await store.noteUse(ofSession: try session(1).nameSHA256, at: second(90))
      try await store.noteUse(ofSession: try session(3).nameSHA256, at: second(90))
      try await begin(try session(4), in: store, usedAfter: second(2), begunAfter: second(1))
      #expect(try await kept(of: 1...9, in: store) == [3, 4])
    },
  ]

  /// Begun and used at the second of its number.
  private static func session(_ number: Int, token: String = "admin") throws -> StoredSession {
    let digits = String(repeating: String(number), count: 64)
    return StoredSession(
      nameSHA256: digits, token: token, binding: String(digits.reversed()),
      beganAt: second(Int64(number)), usedAt: second(Int64(number)))
  }

  private static func begin(
    _ session: StoredSession, in store: Store, keeping count: Int = 50,
    usedAfter: Timestamp = second(0), begunAfter: Timestamp = second(0)
  ) async throws {
    try await store.begin(
      session, keeping: count, usedAfter: usedAfter, begunAfter: begunAfter)
  }

  private static func kept(of numbers: ClosedRange<Int>, in store: Store) async throws -> [Int] {
    var kept: [Int] = []
    for number in numbers {
      let name = try session(number).nameSHA256
      if try await store.session(nameSHA256: name) != nil { kept.append(number) }
    }
    return kept
  }
}
