import DeployModel
import HTTPClient
import Rollouts
import Synchronization

/// Argo CD with the address and the token in force: a reload exchanges them.
final class RolloutsInForce: RolloutObserver {
  private struct Server {
    var settings: ArgoCDSettings
    var client: HTTPClient
    var streams: HTTPClient
    var argocd: ArgoCDClient
  }

  private let server: Mutex<Server?>

  init(_ settings: ArgoCDSettings?) { server = Mutex(Self.server(settings)) }

  /// Calls that have begun go on with what they began with; streams end, and are opened anew.
  func replace(with settings: ArgoCDSettings?) {
    guard server.withLock({ $0?.settings }) != settings else { return }
    let new = Self.server(settings)
    let old = server.withLock { server in
      defer { server = new }
      return server
    }
    old?.streams.shutDown()
  }

  private static func server(_ settings: ArgoCDSettings?) -> Server? {
    guard let settings else { return nil }
    let client = HTTPClient(ClientSettings(certificateAuthorities: settings.ca))
    // As many as there are streams at most, and one.
    let streams = HTTPClient(
      ClientSettings(certificateAuthorities: settings.ca, connectionLimit: 65))
    return Server(
      settings: settings, client: client, streams: streams,
      argocd: ArgoCDClient(
        client: client, streams: streams, server: settings.url.text, token: settings.token.exposed))
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

  func rollback(_ application: ArgoCDApplication, to id: Int) async throws(RolloutError) {
    let server = try argocd()
    try await server.argocd.rollback(application, to: id)
  }

  func listen(
    to topic: RolloutTopic, after version: String?
  ) async throws(RolloutError) -> any RolloutFeed {
    let server = try argocd()
    return try await server.argocd.listen(to: topic, after: version)
  }
}
