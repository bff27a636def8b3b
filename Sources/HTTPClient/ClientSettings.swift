/// What all requests of one client share.
package struct ClientSettings: Sendable {
  /// A PEM file that is trusted instead of the system's authorities.
  package var certificateAuthorities: String?
  package var userAgent: String
  /// From the name look-up to the end of the TLS handshake.
  package var connect: Duration
  /// Connections that are open at once; further requests wait within their deadlines.
  package var connectionLimit: Int

  package init(
    certificateAuthorities: String? = nil, userAgent: String = "slipway",
    connect: Duration = .seconds(10), connectionLimit: Int = 64
  ) {
    self.certificateAuthorities = certificateAuthorities
    self.userAgent = userAgent
    self.connect = connect
    self.connectionLimit = connectionLimit
  }
}
