package import DeployModel
package import Git
import Synchronization

/// The mirror of each configured repository.
package final class Mirrors: Sendable {
  private let byName: Mutex<[RepositoryName: Mirror]>

  package init(_ mirrors: [RepositoryName: Mirror]) { byName = Mutex(mirrors) }

  package subscript(name: RepositoryName) -> Mirror? { byName.withLock { $0[name] } }

  package var all: [RepositoryName: Mirror] { byName.withLock { $0 } }

  package func replace(with mirrors: [RepositoryName: Mirror]) {
    byName.withLock { $0 = mirrors }
  }
}
