import Posix

/// `server:`
struct ServerSettings: Hashable, Sendable {
  var listen = ListenAddress(host: "127.0.0.1", port: 8080)
  /// Where people and GitHub reach this server: links are made from it.
  var publicURL: WebURL?
  /// Empty: in clear.
  var tls: [TLSSettings] = []
  var trustedProxies: [AddressBlock] = []
  var webhooks = WebhookSettings()
  /// `/metrics` without a token.
  var anonymousMetrics = false
  var limits = Limits()

  struct Limits: Hashable, Sendable {
    /// Bytes of a request's body.
    var body = 25 << 20
    var connections = 12_000
    /// Nil: no limit.
    var perClient: Int?
  }
}

extension ServerSettings {
  /// R12: all buffered bodies that are not yet authenticated share 128 MiB, so one may not be more.
  static let bodyLimits = (1 << 10)...(128 << 20)

  init(_ section: Section) {
    listen = section.value("listen", .listenAddress, default: listen)
    publicURL = section.value("publicURL", .webURL)
    tls = TLSSettings.all(section)
    trustedProxies = section.list("trustedProxies", .addressBlock)?.map(\.value) ?? []
    webhooks = section.section("webhooks") { WebhookSettings($0) } ?? webhooks
    section.within("metrics") { metrics in
      anonymousMetrics = metrics.value("anonymous", .boolean, default: anonymousMetrics)
    }
    section.within("limits") { section in
      limits.body = section.value("body", .size(Self.bodyLimits), default: limits.body)
      limits.connections = section.value(
        "connections", .integer(1...1_000_000), default: limits.connections)
      limits.perClient = section.value("perClient", .integer(1...1_000_000))
    }
  }
}
