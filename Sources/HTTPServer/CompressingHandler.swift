import Deflate
import HTTPTypes
import HTTPWire
package import Posix

/// Sends what another handler answers as gzip where the client prefers that, and where it is worth
/// the work: text of some size, and streams of text, each piece of which leaves at once.
///
/// What is compressed this way changes its strong `ETag` into a weak one, as its bytes are others
/// (RFC 9110 section 8.8.1), and offers no ranges: they would count bytes of a body that is made
/// anew each time. An answer that has a `Content-Encoding` already is left alone.
package struct CompressingHandler<Inner: HTTPHandler>: HTTPHandler {
  private let inner: Inner
  private let pool: BlockingPool
  private let streams: Allotment

  /// Below this a body fits into one segment with its head, packed or not.
  static var leastSize: Int { 1024 }
  /// Up to this a body is packed where it is, within a fraction of a millisecond; beyond it
  /// elsewhere, as a reactor has other connections to look after.
  static var packedAtOnce: Int { 16 << 10 }
  /// Nearly as small as zlib's usual 6, in half the time.
  static var level: Int32 { 4 }

  /// - Parameters:
  ///   - streamLimit: R12: compressed streams at once, each of which holds 256 KiB. What is asked
  ///     for beyond that is sent as it is.
  package init(_ inner: Inner, streamLimit: Int = 64, pool: BlockingPool) {
    self.inner = inner
    self.pool = pool
    streams = Allotment(streamLimit)
  }

  package func bodyLimit(for head: RequestHeadView) -> Int { inner.bodyLimit(for: head) }

  package func refusal(of refused: RefusedRequest) -> ServerResponse {
    inner.refusal(of: refused)
  }

  package func respond(to request: ServerRequest) async -> ServerResponse {
    var response = await inner.respond(to: request)
    guard Self.mayDiffer(response) else { return response }
    response.headers.vary(by: "Accept-Encoding")
    guard ContentCoding(acceptEncoding: request.headers[.acceptEncoding]) == .gzip,
      let body = await pack(response.body, onlyHead: request.method == .head)
    else { return response }
    response.body = body
    response.headers[.contentEncoding] = "gzip"
    response.headers[.acceptRanges] = nil
    if let tag = response.headers[.eTag].flatMap({ EntityTag(parsing: $0) }) {
      response.headers[.eTag] = tag.weakened.description
    }
    return response
  }

  /// Whether another `Accept-Encoding` could have changed this answer.
  private static func mayDiffer(_ response: ServerResponse) -> Bool {
    switch response.status.code {
    // Without a body, or with a part of the bytes of one.
    case 204, 205, 206, 304: return false
    default: break
    }
    switch response.body {
    case .empty: return false
    case .bytes(let bytes) where bytes.count < leastSize: return false
    case .bytes, .stream: break
    }
    return response.headers[.contentEncoding] == nil
      && CompressibleType.includes(response.headers[.contentType])
  }

  /// Nil: it stays as it is.
  private func pack(
    _ body: ServerResponse.Body, onlyHead: Bool
  ) async -> ServerResponse.Body? {
    // The length is not known before the work is done, so a HEAD leaves it out; this never runs.
    if onlyHead { return .stream { _ in } }
    do throws(GzipError) {
      switch body {
      case .empty: return nil
      case .bytes(let bytes):
        let packed = try await pack(bytes)
        return packed.count < bytes.count ? .bytes(packed) : nil
      case .stream(let stream): return try pack(stream)
      }
    } catch {
      // No memory for it: what is not packed needs none.
      return nil
    }
  }

  private func pack(_ bytes: [UInt8]) async throws(GzipError) -> [UInt8] {
    if bytes.count <= Self.packedAtOnce { return try Gzip.compress(bytes, level: Self.level) }
    return try await pool.run { () throws(GzipError) in
      try Gzip.compress(bytes, level: Self.level)
    }
  }

  private func pack(
    _ stream: @escaping @Sendable (HTTPBodyWriter) async throws -> Void
  ) throws(GzipError) -> ServerResponse.Body? {
    guard let permit = streams.take() else { return nil }
    let gzip = try GzipStream(level: Self.level)
    let pool = pool
    return .stream { writer in
      try await stream(
        HTTPBodyWriter { bytes in
          let packed =
            bytes.count <= Self.packedAtOnce
            ? try gzip.pack(bytes)
            : try await pool.run { () throws(GzipError) in try gzip.pack(bytes) }
          try await writer.write(packed)
        })
      try await writer.write(try gzip.finish())
      withExtendedLifetime(permit) {}
    }
  }
}

extension HTTPFields {
  /// Adds a name to `Vary` (RFC 9110 section 12.5.5), once.
  package mutating func vary(by name: String) {
    guard let value = self[.vary] else {
      self[.vary] = name
      return
    }
    var scanner = FieldScanner(value)
    let names = scanner.list { $0.token() } ?? []
    if !names.contains("*"), !names.contains(name.lowercased()) {
      self[.vary] = "\(value), \(name)"
    }
  }
}
