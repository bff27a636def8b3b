import DeployModel
import Testing

extension ContractCase {
  static let records: [ContractCase] = [
    ContractCase("A log is read back as it was appended, from any chunk on") { store in
      let id = try await store.create(try .make()).id
      #expect(try await store.log(id, fromChunk: 0).bytes.isEmpty)
      try await store.appendLog(id, Array("STEP 1: FROM scratch\n".utf8))
      let first = try await store.log(id, fromChunk: 0)
      #expect(String(decoding: first.bytes, as: UTF8.self) == "STEP 1: FROM scratch\n")
      let nothing = try await store.log(id, fromChunk: first.nextChunk)
      #expect(nothing.bytes.isEmpty)
      #expect(nothing.nextChunk == first.nextChunk)
      try await store.appendLog(id, [])
      try await store.appendLog(id, Array("STEP 2: COPY é\n".utf8))
      let second = try await store.log(id, fromChunk: first.nextChunk)
      #expect(String(decoding: second.bytes, as: UTF8.self) == "STEP 2: COPY é\n")
    },
    ContractCase("R12: a long log is read in pieces, and comes out whole") { store in
      let id = try await store.create(try .make()).id
      // Ten lines' worth of every byte value, repeated to three megabytes.
      let written = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 12) }
      try await store.appendLog(id, written)
      var read: [UInt8] = []
      var chunk = 0
      var largest = 0
      while case let piece = try await store.log(id, fromChunk: chunk), !piece.bytes.isEmpty {
        read += piece.bytes
        largest = max(largest, piece.bytes.count)
        chunk = piece.nextChunk
      }
      #expect(read == written)
      #expect(largest < 2_000_000)
    },
    ContractCase("How long a log is, chunk by chunk, is known without reading it") { store in
      let id = try await store.create(try .make()).id
      #expect(try await store.logChunkSizes(id) == [])
      try await store.appendLog(id, Array("STEP 1: FROM scratch\n".utf8))
      try await store.appendLog(id, [UInt8](repeating: 65, count: 600_000))
      let sizes = try await store.logChunkSizes(id)
      #expect(sizes.first == 21)
      #expect(sizes.reduce(0, +) == 600_021)
      var start = 0
      for (chunk, size) in sizes.enumerated() {
        let rest = try await store.log(id, fromChunk: chunk).bytes
        #expect(rest.count == 600_021 - start, "chunk \(chunk)")
        start += size
      }
      let unknown = DeploymentID(service: try service("backend"), number: 7)
      #expect(try await store.logChunkSizes(unknown) == [])
    },
    ContractCase("A log belongs to a deployment") { store in
      let unknown = DeploymentID(service: try service("backend"), number: 7)
      await #expect(throws: StoreError.self) { try await store.appendLog(unknown, [1]) }
    },
    ContractCase("An idempotency key replays its answer, and knows another body") { store in
      let key = RequestKey(token: "ci", route: "POST /deployments", key: "k1")
      func begin(_ body: String) async throws -> RequestClaim {
        try await store.beginRequest(key, bodySHA256: body, at: second(0))
      }
      #expect(try await begin("one") == .new)
      #expect(try await begin("one") == .inProgress)
      #expect(try await begin("two") == .mismatch)
      let answer = StoredAnswer(status: 202, location: "/api/v1/deployments/backend-1", body: "{}")
      try await store.finishRequest(key, answer: answer)
      #expect(try await begin("one") == .answered(answer))
      #expect(try await begin("two") == .mismatch)
      let other = RequestKey(token: "ops", route: "POST /deployments", key: "k1")
      #expect(try await store.beginRequest(other, bodySHA256: "two", at: second(0)) == .new)
    },
    ContractCase("An abandoned key is free again; an answered one is not abandoned") { store in
      let key = RequestKey(token: "ci", route: "POST /deployments", key: "k1")
      _ = try await store.beginRequest(key, bodySHA256: "one", at: second(0))
      try await store.abandonRequest(key)
      #expect(try await store.beginRequest(key, bodySHA256: "two", at: second(0)) == .new)
      let answer = StoredAnswer(status: 409, location: nil, body: "")
      try await store.finishRequest(key, answer: answer)
      try await store.abandonRequest(key)
      #expect(
        try await store.beginRequest(key, bodySHA256: "two", at: second(0)) == .answered(answer))
    },
    ContractCase("R12: keys are forgotten after their time") { store in
      let key = RequestKey(token: "ci", route: "POST /deployments", key: "k1")
      _ = try await store.beginRequest(key, bodySHA256: "one", at: second(0))
      try await store.pruneRequests(before: second(0))
      #expect(try await store.beginRequest(key, bodySHA256: "one", at: second(0)) == .inProgress)
      try await store.pruneRequests(before: second(1))
      #expect(try await store.beginRequest(key, bodySHA256: "one", at: second(2)) == .new)
    },
    ContractCase("R13: the audit says who changed what and why, newest first") { store in
      for subject in ["backend", "frontend", "worker"] {
        try await store.audit(
          AuditEntry(
            at: second(5), actor: "ana", action: "hold", subject: subject, reason: "broken",
            requestID: "r-1"))
      }
      let first = try await store.auditEntries(before: nil, limit: 2)
      #expect(first.items.map(\.subject) == ["worker", "frontend"])
      #expect(first.items[0].actor == "ana")
      #expect(first.items[0].at == second(5))
      let rest = try await store.auditEntries(before: first.nextCursor, limit: 2)
      #expect(rest.items.map(\.subject) == ["backend"])
      #expect(rest.nextCursor == nil)
    },
    ContractCase("Text with a NUL or beyond ASCII does no harm") { store in
      try await store.audit(
        AuditEntry(
          at: second(5), actor: "ána", action: "hold", subject: "backend",
          reason: "a\0b — 'quoted' $1", requestID: ""))
      let stored = try await store.auditEntries(before: nil, limit: 1).items.first
      #expect(stored?.actor == "ána")
      #expect(stored?.reason == "a\u{FFFD}b — 'quoted' $1")
      #expect(stored?.requestID == "")
    },
    ContractCase("Readiness: a store that works can be written") { store in
      try await store.checkWritable()
    },
  ]
}
