import DeployModel
package import GitHub
import Synchronization

/// Who may send webhooks, and for what: replaced whole on reload.
package final class WebhookDoor: Sendable {
  package struct Rules: Sendable {
    package var keyring: WebhookKeyring
    package var directory: RepositoryDirectory

    package init(keyring: WebhookKeyring, directory: RepositoryDirectory) {
      self.keyring = keyring
      self.directory = directory
    }
  }

  private let rules: Mutex<Rules>

  package init(_ rules: Rules) { self.rules = Mutex(rules) }

  package var current: Rules { rules.withLock { $0 } }

  package func replace(with rules: Rules) { self.rules.withLock { $0 = rules } }
}
