package import DeployModel
import Foundation
import Synchronization

/// GitHub's REST API on a loopback port, as far as Slipway calls it, in the shapes that GitHub
/// publishes. It writes down what it is told, refuses what GitHub would refuse, and can be made to
/// fail in GitHub's ways.
package final class FakeGitHub: Sendable {
  package struct Call: Sendable {
    /// `POST /repos/acme/shop/statuses/e5c2…`
    package var line: String
    package var headers: [String: String]
    package var body: String
    package var answer: Int
  }

  /// How the next call is answered, instead of as it should be.
  package enum Trouble: Sendable {
    case answer(Int, [(String, String)] = [], String = "")
    case hangUp
    /// The call is done, and its answer is lost.
    case lostAnswer
  }

  struct Status: Sendable {
    var sha: String
    var state: String
    var context: String
    var description: String
    var target: String?
  }

  struct Deployment: Sendable {
    var sha: String
    var environment: String
    var task: String
    /// JSON.
    var payload: String
  }

  struct State {
    var calls: [Call] = []
    /// What is done, one line each, in the order of its doing.
    var record: [String] = []
    var troubles: [Trouble] = []
    /// Every call fails so until it is taken away.
    var outage: Trouble?
    var tokens: [String] = []
    /// Those that count now.
    var valid: Set<String> = []
    var tokenLife: Duration = .seconds(3600)
    var clock: @Sendable () -> Timestamp = {
      Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }
    var statuses: [Status] = []
    var deployments: [Deployment] = []
    /// Where its webhooks come from; nil: it does not say, as GitHub Enterprise Server does not.
    var hooks: [String]? = ["192.30.252.0/22", "2a0a:a440::/29"]
  }

  let state = Mutex(State())
  private let server = Mutex<ScriptedServer?>(nil)

  /// - Parameter token: a personal one that counts from the start.
  package init(token: String? = nil) throws {
    if let token { state.withLock { _ = $0.valid.insert(token) } }
    let server = try ScriptedServer { [weak self] request in
      self?.answer(request) ?? .hangUp
    }
    self.server.withLock { $0 = server }
  }

  deinit { server.withLock { $0?.stop() } }

  package var url: String { server.withLock { $0?.url ?? "" } }

  package var calls: [Call] { state.withLock { $0.calls } }
  package var record: [String] { state.withLock { $0.record } }
  /// Every installation token that was given out, in order.
  package var tokens: [String] { state.withLock { $0.tokens } }

  package func trouble(_ troubles: Trouble...) { state.withLock { $0.troubles += troubles } }
  package func fail(with outage: Trouble?) { state.withLock { $0.outage = outage } }
  /// A deployment of somebody else's, whose payload is text.
  package func addForeignDeployment(of sha: String, in environment: String) {
    state.withLock {
      $0.deployments.append(
        Deployment(
          sha: sha, environment: environment, task: "deploy",
          payload: Self.json(["payload": "by hand"])))
    }
  }

  package func publish(hooks: [String]?) { state.withLock { $0.hooks = hooks } }

  package func revoke(_ token: String) { state.withLock { _ = $0.valid.remove(token) } }

  /// What its clock says, and how long its tokens live.
  package func run(
    at clock: @escaping @Sendable () -> Timestamp, tokenLife: Duration = .seconds(3600)
  ) {
    state.withLock {
      $0.clock = clock
      $0.tokenLife = tokenLife
    }
  }

  // MARK: Answering

  private func answer(_ request: ScriptedServer.Request) -> ScriptedServer.Answer {
    let trouble = state.withLock { state -> Trouble? in
      if let outage = state.outage { return outage }
      return state.troubles.isEmpty ? nil : state.troubles.removeFirst()
    }
    switch trouble {
    case .hangUp:
      note(request, 0)
      return .hangUp
    case .answer(let status, let headers, let message):
      note(request, status)
      return .response(status, headers, text: Self.json(["message": message]))
    case .lostAnswer:
      note(request, reply(to: request).status)
      return .hangUp
    case nil: break
    }
    let reply = reply(to: request)
    note(request, reply.status)
    return .response(
      reply.status, [("Date", date()), ("Content-Type", "application/json; charset=utf-8")],
      text: reply.body)
  }

  private func note(_ request: ScriptedServer.Request, _ status: Int) {
    state.withLock {
      $0.calls.append(
        Call(
          line: "\(request.method) \(request.target)", headers: request.headers,
          body: String(decoding: request.body, as: UTF8.self), answer: status))
    }
  }

  /// IMF-fixdate.
  private func date() -> String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: "GMT")
    format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    return format.string(from: Self.date(state.withLock { $0.clock }()))
  }

  static func date(_ time: Timestamp) -> Date {
    Date(timeIntervalSince1970: Double(time.milliseconds) / 1000)
  }

  static func json(_ object: [String: Any]) -> String {
    do {
      return String(
        decoding: try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys]),
        as: UTF8.self)
    } catch {
      preconditionFailure("not JSON: \(error)")
    }
  }
}
