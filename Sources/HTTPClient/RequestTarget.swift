/// The part of a URL that may be named in an error.
struct RequestTarget {
  /// With its port, if the URL has one.
  let host: String

  /// Refuses every scheme but http and https, and user information: libcurl would turn it into a
  /// header, and it would stand in the errors of whoever logs the URL.
  init(_ url: String) throws(ClientError) {
    let bytes = Array(url.utf8)
    guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw .invalidRequest("the URL has a space, a control or a non-ASCII character")
    }
    let lowercased = url.lowercased()
    guard
      let scheme = ["http://", "https://"].first(where: { lowercased.hasPrefix($0) })
    else { throw .invalidRequest("the URL is neither http nor https") }
    let rest = bytes.dropFirst(scheme.utf8.count)
    let authority = rest.prefix { !"/?#\\".utf8.contains($0) }
    guard !authority.contains(UInt8(ascii: "@")) else {
      throw .invalidRequest("the URL has user information")
    }
    guard !authority.isEmpty else { throw .invalidRequest("the URL has no host") }
    host = String(decoding: authority, as: UTF8.self)
  }
}
