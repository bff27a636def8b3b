import HTTPServer
import HTTPTypes
import HTTPWire

/// Where browsers reach this server, and which of their requests come from its own page.
package struct Site: Hashable, Sendable {
  /// `https://slipway.example.com`; nil if the configuration does not say.
  package var origin: String?
  /// Browsers reach it over TLS, ours or a proxy's.
  package var isSecure: Bool

  /// - Parameter publicURL: its path does not matter to browsers.
  package init(publicURL: String? = nil, isSecure: Bool = false) {
    origin = publicURL.map(Self.origin)
    self.isSecure = isSecure
  }

  /// Whether a request that a cookie speaks for was made by our page. A cookie travels by itself,
  /// so it alone proves nothing:
  ///
  /// 1. `Sec-Fetch-Site` is the browser's own word, which no page can change; sent to every address
  ///    over TLS, and to this machine. `same-origin` it must be; `none`, an address that was
  ///    typed, will do for reading.
  /// 2. Else `Origin`, sent with every change: our own, by the configuration or by the host that
  ///    was called. One that was rebound to our address calls another host, and has no cookie.
  /// 3. With neither, reading is let through, as older browsers say nothing then; a change is not.
  ///
  /// A change needs a field of ours besides, which a form cannot send, and which another origin's
  /// script may send only after asking us, who never allow it.
  func isOurs(_ fields: RequestFields, changing: Bool) -> Bool {
    if changing, fields[.slipwayCSRF] == nil { return false }
    if let site = fields[.secFetchSite] {
      return site == "same-origin" || (!changing && site == "none")
    }
    guard let sender = fields[.origin]?.lowercased() else { return !changing }
    if sender == origin { return true }
    guard let host = fields[.hostField]?.lowercased() else { return false }
    return sender == "https://\(host)" || (!isSecure && sender == "http://\(host)")
  }

  /// As browsers write it: lower case, without the default port.
  private static func origin(of url: String) -> String {
    let text = url.lowercased()
    let (scheme, port) = text.hasPrefix("https://") ? ("https://", ":443") : ("http://", ":80")
    var authority = text.dropFirst(scheme.count).prefix { $0 != "/" }
    if authority.hasSuffix(port) { authority.removeLast(port.count) }
    return scheme + authority
  }
}

extension HTTPField.Name {
  static let slipwayCSRF = HTTPField.Name(validated: "X-Slipway-CSRF")
  static let secFetchSite = HTTPField.Name(validated: "Sec-Fetch-Site")
  /// HTTPTypes keeps `host` for HTTP/2's `:authority`.
  static let hostField = HTTPField.Name(validated: "Host")
}
