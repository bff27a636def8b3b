import DeployModel
import Logging

/// What somebody outside is owed, as a lane goes through it. What is owed stands in the store: an item
/// says where to look, and what is to be said is decided when it is said.
protocol LaneWork: Sendable {
  associatedtype Item: Hashable & Sendable
  associatedtype Call: Sendable

  /// Who is told, for logs: no secret.
  var listener: String { get }
  /// The same in every process that speaks to this listener: of them one does at a time.
  var turn: String { get }
  /// From a call that was taken to the next.
  var pause: Duration { get }
  /// The next that is owed of it, as the record is now.
  func next(for item: Item) async throws(StoreError) -> LaneTurn<Call>
  /// Of a call, for logs.
  func metadata(of call: Call) -> Logger.Metadata
  /// Says it, and remembers that it was said.
  ///
  /// - Throws: `BoardError` if it was not said, `StoreError` if it could not be remembered.
  func make(_ call: Call) async throws
  /// It was not said.
  ///
  /// - Parameter inARow: outages and limits since the last call that was taken, this one included.
  func failed(
    _ call: Call, for item: Item, _ error: BoardError, inARow: Int
  ) async throws(StoreError) -> LaneFailure<Item>
}

enum LaneTurn<Call: Sendable>: Sendable {
  /// Until something happens to it.
  case nothing
  /// Something, and not before then.
  case at(Timestamp)
  case call(Call)
}

struct LaneFailure<Item: Sendable>: Sendable {
  /// How long nobody has a turn.
  var pause: Duration
  /// What has no further turns: the store still knows what it is owed.
  var drops: @Sendable (Item) -> Bool = { _ in false }
}

extension Duration {
  /// Doubled with each failure in a row, from the first on.
  static func doubling(from first: Duration, to most: Duration, after failures: Int) -> Duration {
    min(first * (1 << min(max(failures - 1, 0), 10)), most)
  }
}
