import DeployModel

/// The write transaction that a batch shares. Confined to the lane's queue.
package final class Transaction {
  let connection: any SQLConnection
  /// To whom its steps are owed.
  let filters: [NotificationFilter]
  /// Read once per transaction, under its lock, and written back once before the commit: a
  /// statement less for every delivery.
  private var counters = Counters()
  /// Whose timeline has grown: told when it is committed.
  private(set) var changed: [DeploymentID] = []

  struct Counters: Equatable {
    /// The last number given out. Deliveries, deployments and holds share it, so that "accepted
    /// after" compares across them (R5, R9).
    var sequence: Int64?
    var addedDeliveries: Int64 = 0
  }

  init(_ connection: any SQLConnection, notifying filters: [NotificationFilter] = []) {
    self.connection = connection
    self.filters = filters
  }

  func nextSequence() throws(StoreError) -> Int64 {
    let last: Int64
    if let known = counters.sequence {
      last = known
    } else {
      last = try connection.counter("sequence")
    }
    counters.sequence = last + 1
    return last + 1
  }

  /// What this transaction added, less what it deleted: not yet in the counter.
  var uncountedDeliveries: Int64 { counters.addedDeliveries }

  func countDeliveries(adding change: Int) { counters.addedDeliveries += Int64(change) }

  func noteChange(of id: DeploymentID) { changed.append(id) }

  /// What to give back to `restore` if the writes since are rolled back.
  var mark: Mark { Mark(counters: counters, changes: changed.count) }

  struct Mark: Equatable {
    fileprivate var counters: Counters
    fileprivate var changes: Int
  }

  func restore(_ mark: Mark) {
    counters = mark.counters
    changed.removeSubrange(mark.changes...)
  }

  func saveCounters() throws(StoreError) {
    if let sequence = counters.sequence {
      try connection.run(SQL.updateCounter, [.text("sequence"), .integer(sequence)])
    }
    if counters.addedDeliveries != 0 {
      try connection.run(
        SQL.addToCounter, [.text("deliveries"), .integer(counters.addedDeliveries)])
    }
  }
}

extension SQLConnection {
  func counter(_ name: String) throws(StoreError) -> Int64 {
    let value = try first(SQL.selectCounter, [.text(name)]) { row throws(StoreError) in
      try row.integer("value")
    }
    guard let value else { throw .bug("there is no counter \(name)") }
    return value
  }
}
