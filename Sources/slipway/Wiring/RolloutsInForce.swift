import DeployModel
import HTTPClient
import Rollouts
import Synchronization

/// Argo CD with the address and the token in force: a reload exchanges them.
final class RolloutsInForce: RolloutObserver {
  private struct Server {
    var client: HTTPClient
    var argocd: ArgoCDClient
  }

  private let server: Mutex<Server?>

  init(_ settings: ArgoCDSettings?) { server = Mutex(Self.server(settings)) }

  /// Calls that have begun go on with what they began with.
  func replace(with settings: ArgoCDSettings?) {
    let new = Self.server(settings)
    server.withLock { $0 = new }
  }

  private static func server(_ settings: ArgoCDSettings?) -> Server? {
    guard let settings else { return nil }
    let client = HTTPClient(ClientSettings(certificateAuthorities: settings.ca))
    return Server(
      client: client,
      argocd: ArgoCDClient(
        client: client, server: settings.url.text, token: settings.token.exposed))
  }

  private func argocd() throws(RolloutError) -> Server {
    guard let server = server.withLock({ $0 }) else {
      throw RolloutError(.missing, "there is no `argocd` section in the configuration")
    }
    return server
  }

  func rollout(
    of application: ArgoCDApplication, refreshing: Bool, pods: Bool
  ) async throws(RolloutError) -> Rollout {
    let server = try argocd()
    return try await server.argocd.rollout(of: application, refreshing: refreshing, pods: pods)
  }

  func sync(_ application: ArgoCDApplication, to revision: CommitSHA?) async throws(RolloutError) {
    let server = try argocd()
    try await server.argocd.sync(application, to: revision)
  }
}
