import HTTPServer
package import Metrics
package import Posix
import Synchronization

/// From where webhooks are taken (R13): from everywhere, unless the configuration says otherwise. It
/// comes before the signature, and takes nothing's place.
package final class WebhookSenders: Sendable {
  private let blocks = Mutex<[AddressBlock]?>(nil)
  private let refused: Family<Counter>
  private let ranges: Family<Gauge>

  package init(_ registry: MetricRegistry = MetricRegistry()) {
    refused = registry.counters(
      "slipway_webhooks_refused_total",
      "Webhooks from addresses that `server.webhooks.from` does not name.")
    ranges = registry.gauges(
      "slipway_webhook_ranges",
      "Blocks of addresses that webhooks are taken from; 0: from everywhere.")
  }

  /// - Parameter blocks: nil: from everywhere.
  package func replace(with blocks: [AddressBlock]?) {
    self.blocks.withLock { $0 = blocks }
    ranges[].set(blocks?.count ?? 0)
  }

  /// - Parameter address: of the client, as the server has it from a trusted proxy.
  func admit(_ address: String) throws(Problem) {
    guard let blocks = blocks.withLock({ $0 }) else { return }
    if let client = IPAddress(address)?.unmapped, blocks.contains(where: { $0.contains(client) }) {
      return
    }
    refused[].add()
    throw Problem(
      403, "Forbidden",
      "webhooks are not taken from \(address): server.webhooks.from does not name it (if that is a "
        + "proxy, server.trustedProxies has to name it)")
  }
}
