/// The media types that gzip makes smaller. Images, archives and the like are packed already.
enum CompressibleType {
  private static let exact: Set<String> = [
    "application/json", "application/javascript", "application/xml", "application/yaml",
    "application/manifest+json", "image/svg+xml", "application/openmetrics-text",
  ]

  /// - Parameter contentType: the field's value, parameters included.
  static func includes(_ contentType: String?) -> Bool {
    guard let contentType else { return false }
    let essence = contentType.prefix { $0 != ";" && $0 != " " && $0 != "\t" }.lowercased()
    // Each event has to arrive by itself, and proxies look for the plain text.
    if essence == "text/event-stream" { return false }
    return essence.hasPrefix("text/") || exact.contains(essence) || essence.hasSuffix("+json")
      || essence.hasSuffix("+xml") || essence.hasSuffix("+yaml")
  }
}
