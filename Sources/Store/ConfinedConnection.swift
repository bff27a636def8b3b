import DeployModel
@preconcurrency import Dispatch

/// A connection, and the serial queue that alone touches it. Serial, because blocking calls on a
/// concurrent queue stall the cooperative pool, which shares its threads on Linux.
final class ConfinedConnection: @unchecked Sendable {
  // Proof: `connection` and `open` are used only in blocks on `queue`, which is serial, and in
  // `init`, before anyone else can know of it.
  private let queue: DispatchQueue
  private var connection: (any SQLConnection)?
  private let open: @Sendable () throws(StoreError) -> any SQLConnection

  /// - Parameter open: called on the queue when the connection is first needed, and again if it
  ///   failed.
  init(label: String, open: @escaping @Sendable () throws(StoreError) -> any SQLConnection) {
    queue = DispatchQueue(label: label)
    self.open = open
  }

  func async(
    _ body: @escaping @Sendable (_ connect: () throws(StoreError) -> any SQLConnection) -> Void
  ) {
    queue.async { @Sendable [self] in
      body { () throws(StoreError) in
        if let connection, connection.isUsable { return connection }
        connection = nil
        let opened = try open()
        connection = opened
        return opened
      }
    }
  }
}
