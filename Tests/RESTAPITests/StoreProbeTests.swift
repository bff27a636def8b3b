import DeployModel
import HTTPServer
import HTTPTypes
import HTTPWire
import Synchronization
import TestKit
import Testing

@testable import RESTAPI

@Suite struct StoreProbeTests {
  @Test("R12: however many ask, one write is made, and its verdict holds for a second")
  func shared() async throws {
    let clock = ManualClock()
    let gate = Gate()
    let writes = Mutex(0)
    let probe = StoreProbe(clock: clock, logger: APIWorld.silent) { () throws(StoreError) in
      writes.withLock { $0 += 1 }
      do {
        try await gate.pass()
      } catch {
        throw .unavailable("\(error)")
      }
    }
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<50 { group.addTask { await probe.isWritable() } }
      try await eventually("the write") { writes.withLock { $0 } == 1 }
      gate.open()
      for try await isWritable in group { #expect(isWritable) }
    }
    clock.advance(by: .milliseconds(999))
    #expect(await probe.isWritable())
    #expect(writes.withLock { $0 } == 1)
    clock.advance(by: .milliseconds(1))
    #expect(await probe.isWritable())
    #expect(writes.withLock { $0 } == 2)
  }

  @Test("a clock that is set back does not make a verdict hold for longer")
  func setBack() async throws {
    let clock = ManualClock()
    let writes = Mutex(0)
    let probe = StoreProbe(clock: clock, logger: APIWorld.silent) { () throws(StoreError) in
      writes.withLock { $0 += 1 }
    }
    _ = await probe.isWritable()
    clock.advance(by: .seconds(-3600))
    _ = await probe.isWritable()
    #expect(writes.withLock { $0 } == 2)
  }

  @Test("R13: strangers hear that the store cannot write; the cause is in the log, once")
  func cause() async throws {
    let clock = ManualClock()
    let isFull = Mutex(true)
    let log = RecordedLog()
    let probes = ProbeEndpoints(
      store: StoreProbe(clock: clock, logger: log.logger) { () throws(StoreError) in
        if isFull.withLock({ $0 }) { throw .unavailable("no space left for the database") }
      })
    let request = ServerRequest(
      id: "request-1", method: .get, path: "/readyz", query: nil, headers: RequestFields([:]),
      body: [])
    for _ in 0..<3 {
      let answer = try await APIReply(probes.ready(request))
      #expect(answer.status == 503)
      #expect(answer.text == "the store cannot write; the log says why\n")
      clock.advance(by: .seconds(1))
    }
    #expect(
      log.lines == [
        "error not ready: the store cannot write cause=the store is unavailable: no space left for the database"
      ])
    isFull.withLock { $0 = false }
    #expect(await probes.ready(request).status.code == 200)
    #expect(log.lines.count == 2)
  }
}
