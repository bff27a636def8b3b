import DeployModel
import Dispatch
import Synchronization
import TestKit
import Testing

@testable import Store

@Suite struct GroupCommitTests {
  @Test("R1: writes that wait together share one fsync")
  func fewCommits() async throws {
    let directory = try TemporaryDirectory("store")
    let store = try SQLiteStore(directory: directory.path)
    try await store.checkWritable()
    let before = store.commits
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<500 {
        group.addTask { _ = try await store.record(.ignored(number)) }
      }
      try await group.waitForAll()
    }
    #expect(store.commits - before < 250)
    for number in 0..<500 {
      let guid = try Delivery.ignored(number).guid
      #expect(try await store.delivery(guid)?.guid == guid)
    }
  }

  @Test("R1: a commit waits for the disk")
  func waitsForTheDisk() throws {
    let directory = try TemporaryDirectory("store")
    let connection = try SQLiteConnection.writing(
      "\(directory.path)/\(SQLiteStore.fileName)", maximumBytes: nil)
    // 2 is FULL (sqlite.org/pragma.html#pragma_synchronous).
    #expect(try connection.scalar("PRAGMA synchronous") == 2)
  }

  @Test("R12: while a disk hangs only so many writes wait; the others are told at once")
  func queueLimit() async throws {
    let directory = try TemporaryDirectory("store")
    let store = try SQLiteStore(directory: directory.path)
    try await store.checkWritable()
    let hangs = Gate()
    let disk = DispatchSemaphore(value: 0)
    let blocked = Task {
      try await store.writer.write { _ throws(StoreError) in
        hangs.open()
        disk.wait()
      }
    }
    try await hangs.pass()
    let count = WriteLane.queueLimit + 100
    let begun = Counter()
    let refusals = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<count {
        group.addTask {
          do {
            let delivery = try Delivery.ignored(number)
            if begun.increment() == count { disk.signal() }
            _ = try await store.record(delivery)
            return false
          } catch { return "\(error)".contains("writes are waiting already") }
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    try await blocked.value
    #expect((1...100).contains(refusals))
  }

  @Test("One write that fails leaves the others of its batch alone")
  func failuresAreIsolated() async throws {
    let directory = try TemporaryDirectory("store")
    let store = try SQLiteStore(directory: directory.path)
    let service = try #require(ServiceName("backend"))
    let unknown = DeploymentID(service: service, number: 99)
    let outcomes = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<200 {
        group.addTask {
          do {
            if number.isMultiple(of: 4) {
              try await store.appendLog(unknown, [1])
            } else {
              _ = try await store.record(.ignored(number))
            }
            return true
          } catch { return false }
        }
      }
      return await group.reduce(into: [Bool]()) { $0.append($1) }
    }
    #expect(outcomes.count(where: { $0 }) == 150)
    #expect(try await store.deliveries(before: nil, limit: 500).items.count == 150)
  }

  @Test("Numbers given out in one batch are distinct, and grow in the next and after a restart")
  func sequences() async throws {
    let directory = try TemporaryDirectory("store")
    let store = try SQLiteStore(directory: directory.path)
    let first = try await sequences(of: 0..<100, in: store)
    #expect(Set(first).count == 100)
    let reopened = try SQLiteStore(directory: directory.path)
    let second = try await sequences(of: 100..<200, in: reopened)
    #expect(Set(second).count == 100)
    #expect(try #require(second.min()) > (try #require(first.max())))
  }

  private func sequences(of numbers: Range<Int>, in store: SQLiteStore) async throws -> [Int64] {
    try await withThrowingTaskGroup(of: Int64?.self) { group in
      for number in numbers {
        group.addTask {
          guard case .stored(let sequence) = try await store.record(.ignored(number)) else {
            return nil
          }
          return sequence
        }
      }
      return try await group.reduce(into: []) { if let sequence = $1 { $0.append(sequence) } }
    }
  }
}

private final class Counter: Sendable {
  private let value = Mutex(0)

  func increment() -> Int {
    value.withLock { value in
      value += 1
      return value
    }
  }
}
