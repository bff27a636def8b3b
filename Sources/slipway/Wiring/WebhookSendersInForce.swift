import DeployModel
import GitHubREST
import HTTPClient
import Logging
import Posix
import RESTAPI
import Synchronization

/// Keeps `WebhookSenders` at what the configuration in force says, with the addresses that GitHub
/// publishes.
///
/// Of every server the last list that it gave counts, however old. As long as one of them never gave
/// any, webhooks are taken from everywhere: what proves a sender is the signature (R13), and GitHub
/// sends nothing a second time that was refused.
final class WebhookSendersInForce: Sendable {
  private struct Server {
    var blocks: [AddressBlock]?
    var due: Timestamp
    /// What was said last, so that an outage does not fill the log.
    var failure: String?
  }

  private struct State {
    var senders: WebhookSettings.Senders?
    /// By the API's address.
    var servers: [String: Server] = [:]
  }

  private let senders: WebhookSenders
  private let http: HTTPClient
  private let clock: any WallClock
  private let logger: Logger
  private let state = Mutex(State())
  private let wakes = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

  /// GitHub: "updated from time to time"; nobody without a token may ask more than sixty times in an hour.
  private static let refreshEvery: Duration = .seconds(3600)
  private static let retryEvery: Duration = .seconds(120)

  init(
    _ configuration: Configuration, senders: WebhookSenders, http: HTTPClient,
    clock: any WallClock, logger: Logger
  ) {
    self.senders = senders
    self.http = http
    self.clock = clock
    self.logger = logger
    replace(with: configuration)
  }

  func replace(with configuration: Configuration) {
    let wanted = configuration.server.webhooks.from
    let servers = wanted?.github == nil ? [] : configuration.webhookServers
    state.withLock { state in
      state.senders = wanted
      let known = state.servers
      state.servers = [:]
      for server in servers {
        state.servers[server] = known[server] ?? Server(due: clock.now())
      }
    }
    apply()
    wakes.continuation.yield()
  }

  private func apply() {
    senders.replace(
      with: state.withLock { state in
        guard let wanted = state.senders else { return nil }
        var blocks = wanted.blocks
        for server in state.servers.values {
          guard let published = server.blocks else { return nil }
          blocks += published
        }
        return blocks
      })
  }

  /// Asks the servers when it is time, until the task is cancelled.
  func keep() async {
    var timer: Task<Void, Never>?
    for await _ in wakes.stream {
      timer?.cancel()
      guard let pause = await refresh() else { continue }
      timer = Task { [clock, wakes] in
        do {
          try await clock.sleep(for: pause)
        } catch {
          return
        }
        wakes.continuation.yield()
      }
    }
    timer?.cancel()
  }

  /// - Returns: how long nothing is due; nil where nobody is to be asked.
  private func refresh() async -> Duration? {
    let now = clock.now()
    let due = state.withLock { state in
      state.servers.filter { $0.value.due <= now }.keys.sorted()
    }
    for server in due where !Task.isCancelled { await ask(server) }
    return state.withLock { state in
      state.servers.values.map(\.due).min().map { max($0 - clock.now(), .milliseconds(1)) }
    }
  }

  private func ask(_ server: String) async {
    do throws(RESTFailure) {
      let published = PublishedAddresses(RESTAddress(server, client: http), clock: clock)
      took(try await published.hooks(), from: server)
    } catch {
      failed(error, at: server)
    }
  }

  private func took(_ blocks: [AddressBlock], from server: String) {
    let isNews = state.withLock { state in
      // A reload may have taken it away meanwhile.
      guard let old = state.servers[server] else { return false }
      state.servers[server] = Server(blocks: blocks, due: clock.now() + Self.refreshEvery)
      return old.blocks != blocks || old.failure != nil
    }
    apply()
    guard isNews else { return }
    logger.notice(
      "addresses of GitHub's webhooks",
      metadata: ["server": "\(server)", "blocks": "\(blocks.map(\.description))"])
  }

  private func failed(_ failure: RESTFailure, at server: String) {
    var pause = Self.retryEvery
    if case .limited(let wait?) = failure.kind { pause = max(pause, wait) }
    let last = state.withLock { state -> Server? in
      guard let last = state.servers[server] else { return nil }
      state.servers[server]?.due = clock.now() + pause
      state.servers[server]?.failure = failure.message
      return last
    }
    guard let last, last.failure != failure.message else { return }
    logger.warning(
      "the addresses of GitHub's webhooks were not had; they are asked for again",
      metadata: [
        "server": "\(server)", "error": "\(failure)",
        "meanwhile": last.blocks == nil
          ? "webhooks are taken from everywhere; name the addresses in server.webhooks.from if this stays"
          : "the last list stays in force",
      ])
  }
}
