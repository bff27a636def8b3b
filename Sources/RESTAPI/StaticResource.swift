import Deflate
import HTTPServer
import HTTPTypes
import HTTPWire
import OpenSSLKit

/// A file of this program, served from memory. Its gzip form is made once, as small as it gets, and
/// has a strong tag of its own: the bytes are others (RFC 9110 section 8.8.1).
struct StaticResource: Sendable {
  private let contentType: String
  private let cacheControl: String
  private let plain: Variant
  private let packed: Variant?

  private struct Variant: Sendable {
    var bytes: [UInt8]
    var tag: EntityTag
  }

  /// - Parameter cacheControl: `no-cache` for an address whose content changes with the version:
  ///   kept, and asked for each time, at the price of a 304.
  init(_ text: String, contentType: String, cacheControl: String = "no-cache") {
    self.contentType = contentType
    self.cacheControl = cacheControl
    let bytes = Array(text.utf8)
    let name = String(SHA256.hexDigest(of: bytes).prefix(32))
    plain = Variant(bytes: bytes, tag: EntityTag(name))
    packed = Self.pack(bytes).map { Variant(bytes: $0, tag: EntityTag("\(name)-gzip")) }
  }

  func answer(_ request: ServerRequest) throws(Problem) -> ServerResponse {
    let coding = ContentCoding(acceptEncoding: request.headers[.acceptEncoding])
    let packed = coding == .gzip ? packed : nil
    let chosen = packed ?? plain
    return try Representation(
      contentType: contentType, tag: chosen.tag, length: chosen.bytes.count,
      cacheControl: cacheControl, coding: packed == nil ? nil : "gzip"
    ).answer(request) { range in
      .bytes(range.map { Array(chosen.bytes[$0]) } ?? chosen.bytes)
    }
  }

  private static func pack(_ bytes: [UInt8]) -> [UInt8]? {
    do {
      let packed = try Gzip.compress(bytes, level: 9)
      return packed.count < bytes.count ? packed : nil
    } catch {
      // No memory for it now: it is served as it is.
      return nil
    }
  }
}
