package import DeployModel

/// A store of either dialect: the port's methods are extensions of this, one file per subject, and
/// the statements are those of `SQL/`. A dialect brings its connections.
package protocol SQLStore: DeploymentStore, SessionStore {
  var writer: WriteLane { get }
  var readers: ReaderPool { get }
}

/// Lists and chunks are bounded whatever the caller asks for (R12).
enum StoreLimits {
  /// Rows of one page. The interface allows 200; the rest is for the scheduler's own lists.
  static let page = 1000
  /// Deployments that a claim reads at once: all services may have one that waits.
  static let claimable = 200
  /// Deliveries looked at, or notifications deleted, in one transaction of pruning: accepting never
  /// waits long.
  static let pruned = 500
  /// Deployments in one such transaction, each with all that belongs to it.
  static let prunedDeployments = 50
  /// Images that are condemned in one transaction, and handed out at once.
  static let condemnedImages = 50
  /// Plain bytes of one log chunk: what one read unpacks at least.
  static let logChunk = 256 << 10
  /// Plain bytes that one call of `log` returns, give or take a chunk.
  static let logRead = 1 << 20
  /// Deployments that measuring looks at: the newest of the window.
  static let measured = 200_000
  /// Of those, the newest whose stages are timed: each has some six rows.
  static let timed = 10_000

  static func page(_ limit: Int) -> Int { min(max(limit, 1), page) }
}

extension Page {
  /// - Parameter found: up to one more than `limit`, which tells whether there is a next page.
  init(_ found: [Item], limit: Int, sequence: (Item) -> Int64) {
    let items = Array(found.prefix(limit))
    self.init(
      items: items, nextCursor: found.count > limit ? items.last.map(sequence) : nil)
  }
}
