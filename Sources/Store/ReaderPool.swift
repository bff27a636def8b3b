import DeployModel
import Synchronization

/// A few connections that only read, each on a queue of its own. They see the last commit, and
/// never wait for the writer.
package final class ReaderPool: Sendable {
  private let connections: [ConfinedConnection]
  private let turn = Atomic<Int>(0)

  init(
    width: Int, open: @escaping @Sendable () throws(StoreError) -> any SQLConnection
  ) {
    connections = (0..<max(1, width)).map {
      ConfinedConnection(label: "slipway.store.reader-\($0)", open: open)
    }
  }

  /// Runs `body` on one state of the database.
  func read<Value: Sendable>(
    _ body: @escaping @Sendable (any SQLConnection) throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    let ticket = turn.wrappingAdd(1, ordering: .relaxed).oldValue
    let confined = connections[Int(UInt(bitPattern: ticket) % UInt(connections.count))]
    let outcome = await withCheckedContinuation {
      (continuation: CheckedContinuation<Result<Value, StoreError>, Never>) in
      confined.async { connect in
        continuation.resume(
          returning: Result { () throws(StoreError) -> Value in
            try Self.snapshot(of: try connect(), body)
          })
      }
    }
    return try outcome.get()
  }

  private static func snapshot<Value>(
    of connection: any SQLConnection, _ body: (any SQLConnection) throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    try connection.beginReading()
    do throws(StoreError) {
      let value = try body(connection)
      try connection.commit()
      return value
    } catch {
      if connection.isInTransaction { try connection.rollBack() }
      throw error
    }
  }
}
