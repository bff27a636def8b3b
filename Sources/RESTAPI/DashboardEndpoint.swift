import HTTPServer
import HTTPTypes
import HTTPWire
import OpenSSLKit

/// The dashboard: one document for each of its addresses, and the files that this loads. Everything
/// that it shows comes from `/api/v1`, so what is served here is the same for everybody.
struct DashboardEndpoint: Sendable {
  /// Which of them is shown, the page finds out by itself (`Dashboard/router.js`).
  static let pages = [
    "/", "/services/{service}", "/deployments", "/deployments/{id}", "/deliveries",
    "/deliveries/{guid}", "/notifications", "/compare", "/insights", "/audit",
  ]

  private let document: StaticResource
  private let version: String
  private let files: [String: StaticResource]

  init() {
    var files: [String: StaticResource] = [:]
    var hash = SHA256()
    for (name, text) in Self.served().sorted(by: { $0.key < $1.key }) {
      guard let contentType = Self.contentType(of: name) else { continue }
      files[name] = StaticResource(text, contentType: contentType)
      hash.update(Array("\(name)\n\(text)".utf8))
    }
    self.files = files
    let version = String(hash.hexDigest().prefix(12))
    self.version = version
    document = StaticResource(
      Resources.indexHtml.replacing("{{version}}", with: version),
      contentType: "text/html; charset=utf-8")
  }

  /// Served as one, in this order: a request less for each before anything can be drawn.
  static let joined = [
    "style.css": ["theme.css", "frame.css", "parts.css", "views.css"],
    "first.js": ["theme.js", "early.js"],
  ]

  private static func served() -> [String: String] {
    var files = Resources.files
    files.merge(DashboardModules.joined(in: files)) { $1 }
    for (name, parts) in joined { files[name] = parts.compactMap { files[$0] }.joined() }
    return files
  }

  func page(_ request: ServerRequest) throws(Problem) -> ServerResponse {
    guarded(try document.answer(request))
  }

  /// The version is in the address, so that the files of one version are kept for ever and never
  /// mix with another's. A page of another version, from before an upgrade or from another replica,
  /// gets what there is, and asks for it each time.
  func file(_ request: ServerRequest) throws(Problem) -> ServerResponse {
    guard let file = files[request.parameters["file"] ?? ""] else {
      throw .notFound("the dashboard has no such file")
    }
    var response = guarded(try file.answer(request))
    if request.parameters["version"] == version {
      response.headers[.cacheControl] = "public, max-age=31536000, immutable"
    }
    return response
  }

  private static func contentType(of name: String) -> String? {
    switch name.split(separator: ".").last {
    case "js": "text/javascript; charset=utf-8"
    case "css": "text/css; charset=utf-8"
    case "svg": "image/svg+xml"
    default: nil
    }
  }

  private func guarded(_ response: ServerResponse) -> ServerResponse {
    var response = response
    for (name, value) in Self.guards { response.headers[name] = value }
    return response
  }

  /// Nothing from elsewhere, nothing written into the page, no text as markup (Trusted Types with
  /// no policy at all), no frame around it, and nothing told to others.
  private static let guards: [(HTTPField.Name, String)] = [
    (
      .contentSecurityPolicy,
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        + "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    (.xContentTypeOptions, "nosniff"),
    (.referrerPolicy, "no-referrer"),
    (.crossOriginOpenerPolicy, "same-origin"),
    (.crossOriginResourcePolicy, "same-origin"),
    (.permissionsPolicy, "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
  ]
}

extension HTTPField.Name {
  static let referrerPolicy = HTTPField.Name(validated: "Referrer-Policy")
  static let crossOriginOpenerPolicy = HTTPField.Name(validated: "Cross-Origin-Opener-Policy")
  static let permissionsPolicy = HTTPField.Name(validated: "Permissions-Policy")
}
