import DeployModel
import Synchronization
import Testing

extension ContractCase {
  static let news: [ContractCase] = [
    ContractCase("Who listens hears of what a landing ends, as of what lands") { store in
      let first = try await store.create(try .make()).id
      try await store.publish(first, "b")
      try await store.land(first, "b", live: false)
      let second = try await store.create(try .make()).id
      try await store.publish(second, "c")
      let heard = Heard(from: store)
      try await store.land(second, "c", live: false)
      #expect(heard.ids == [first, second])
    },
    ContractCase("Who listens hears when it is on disk, and nothing of what was refused") { store in
      let id = try await store.create(try .make()).id
      let heard = Heard(from: store)
      await #expect(throws: StoreError.self) {
        _ = try await store.step(id, .committing, .held)
      }
      #expect(heard.ids.isEmpty)
      _ = try await store.step(id, .queued, .building)
      try await store.note(id, "a remark", details: nil, at: second(11))
      #expect(heard.ids == [id, id])
      let other = try await store.create(try .make("frontend")).id
      #expect(heard.ids == [id, id, other])
    },
  ]
}

private final class Heard: Sendable {
  private let state = Mutex<[DeploymentID]>([])
  var ids: [DeploymentID] { state.withLock(\.self) }

  init(from store: any DeploymentStore) {
    store.tell { [weak self] id in self?.state.withLock { $0.append(id) } }
  }
}
