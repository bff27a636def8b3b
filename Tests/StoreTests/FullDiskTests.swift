import DeployModel
import Store
import TestKit
import Testing

@Suite struct FullDiskTests {
  @Test("R1: without space the store is unavailable, keeps what it has, and can still be read")
  func fullDisk() async throws {
    let directory = try TemporaryDirectory("store")
    let store = try SQLiteStore(
      directory: directory.path, options: SQLiteStore.Options(maximumBytes: 512 << 10))
    var stored: [DeliveryGUID] = []
    var refusal: StoreError?
    for number in 0..<10_000 {
      let delivery = try Delivery.ignored(number)
      do throws(StoreError) {
        _ = try await store.record(delivery)
        stored.append(delivery.guid)
      } catch {
        refusal = error
        break
      }
    }
    guard case .unavailable(let reason) = try #require(refusal) else {
      Issue.record("a full disk is not a defect: \(String(describing: refusal))")
      return
    }
    #expect(reason.contains("no space left"))
    #expect(!stored.isEmpty)
    for guid in stored { #expect(try await store.delivery(guid) != nil) }

    // With space again, it goes on where it was.
    let roomier = try SQLiteStore(directory: directory.path)
    try await roomier.checkWritable()
    guard case .stored = try await roomier.record(.ignored(20_000)) else {
      Issue.record("not stored")
      return
    }
  }

  @Test("R1: of a batch on a full disk, what was acknowledged is there, and the rest is told")
  func fullDiskUnderLoad() async throws {
    let directory = try TemporaryDirectory("store")
    let store = try SQLiteStore(
      directory: directory.path, options: SQLiteStore.Options(maximumBytes: 512 << 10))
    let stored = await withTaskGroup(of: DeliveryGUID?.self) { group in
      for number in 0..<5000 {
        group.addTask {
          do {
            let delivery = try Delivery.ignored(number)
            _ = try await store.record(delivery)
            return delivery.guid
          } catch { return nil }
        }
      }
      return await group.reduce(into: [DeliveryGUID]()) { if let guid = $1 { $0.append(guid) } }
    }
    #expect(!stored.isEmpty)
    #expect(stored.count < 5000)
    for guid in stored { #expect(try await store.delivery(guid) != nil) }
  }

  @Test("A directory that cannot be is named")
  func missingDirectory() throws {
    #expect(throws: StoreError.self) {
      _ = try SQLiteStore(directory: "/proc/no-such-place/state")
    }
  }
}
