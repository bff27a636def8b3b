package import DeployModel
package import HTTPClient
import Synchronization

/// The receivers in force, each called over HTTP. A reload exchanges them.
package final class WebhookReceivers: NotificationReceivers {
  private let http: HTTPClient
  private let clock: any WallClock
  private let targets: Mutex<[TargetName: WebhookTarget]>

  /// A receiver that asks for a longer rest is asked again after this.
  private static let longestWait: Duration = .seconds(3600)

  package init(_ targets: [WebhookTarget], http: HTTPClient, clock: any WallClock) {
    self.http = http
    self.clock = clock
    self.targets = Mutex(Self.byName(targets))
  }

  package func replace(with targets: [WebhookTarget]) {
    self.targets.withLock { $0 = Self.byName(targets) }
  }

  private static func byName(_ targets: [WebhookTarget]) -> [TargetName: WebhookTarget] {
    Dictionary(targets.map { ($0.name, $0) }) { first, _ in first }
  }

  package func send(
    _ message: NotificationMessage, to name: TargetName
  ) async throws(BoardError) {
    guard let target = targets.withLock({ $0[name] }) else {
      throw BoardError(.denied, "there is no target \(name) in the configuration")
    }
    let request: ClientRequest
    do {
      request = try target.request(for: message)
    } catch {
      throw BoardError(.refused, "the notification could not be written: \(error)")
    }
    let response: ClientResponse
    do throws(ClientError) {
      response = try await http.send(request)
    } catch {
      throw BoardError(.unavailable, "\(error)")
    }
    try check(response)
  }

  /// 1. Taken. 2. It asks for a rest. 3. It has read this and will never take it (RFC 9110 section
  /// 15.5: malformed, gone, too large, of a kind or content that it does not process). 4. Anything
  /// else may be otherwise later: an address or a token that is put right, a deployment of its own. A
  /// redirect is not followed: where notifications go is for the configuration alone to say.
  ///
  /// The answer's text is left out of the error: it is a stranger's, and readers see the error.
  private func check(_ response: ClientResponse) throws(BoardError) {
    let status = response.status
    guard !(200...299).contains(status) else { return }
    let message = "the receiver answered \(status)"
    let wait = response.headers.retryAfter(
      now: clock.now().milliseconds / 1000, most: Self.longestWait)
    switch status {
    case 400, 410, 413, 415, 422: throw BoardError(.refused, message)
    case 429: throw BoardError(.limited(wait), message)
    default:
      throw wait.map { BoardError(.limited($0), message) } ?? BoardError(.unavailable, message)
    }
  }
}
