package import OpenSSLKit

/// An App of GitHub's, installed somewhere: its name, and the key that proves it.
package struct GitHubApp: Sendable {
  /// On the App's page.
  package let id: Int
  /// At the end of the installation's address.
  package let installation: Int
  let key: RS256

  package init(id: Int, installation: Int, key: RS256) {
    self.id = id
    self.installation = installation
    self.key = key
  }
}
