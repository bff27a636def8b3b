import Deflate
import HTTPServer
import HTTPTypes
import Posix

/// Bodies that come packed (`Content-Encoding`, RFC 9110 section 8.4).
///
/// Only for requests that have shown who sends them: for others nothing is unpacked (R13).
enum RequestCoding {
  private static let pool = BlockingPool(width: 2, label: "slipway.http.unpack")

  /// What the body says, unpacked:
  ///
  /// 1. No body, no coding, or `identity`: as it came.
  /// 2. `gzip` or `x-gzip`, once: unpacked, up to the limit (R12); beyond it 413, damaged 400.
  /// 3. Another coding, or several: 415 with what is understood (section 15.5.16).
  static func plain(
    _ body: [UInt8], coding: String?, limit: BodyLimit
  ) async throws(Problem) -> [UInt8] {
    guard !body.isEmpty, let coding else { return body }
    let codings = coding.lowercased().split(separator: ",")
      .map { $0.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" } }
      .filter { !$0.isEmpty && $0 != "identity" }
    if codings.isEmpty { return body }
    guard codings == ["gzip"] || codings == ["x-gzip"] else {
      throw Problem(
        415, "Unsupported Media Type", "the only Content-Encoding that is understood is gzip, once",
        headers: [("Accept-Encoding", "gzip")])
    }
    do throws(GzipError) {
      // As small as that it costs less than the way to another thread.
      if limit.bytes <= BodyLimit.calls.bytes {
        return try Gzip.decompress(body, limit: limit.bytes)
      }
      return try await pool.run { () throws(GzipError) in
        try Gzip.decompress(body, limit: limit.bytes)
      }
    } catch {
      switch error {
      case .tooLarge: throw Problem(413, "Content Too Large", limit.refusalOfUnpacked)
      case .malformed: throw .badRequest("the body is not the gzip that Content-Encoding says")
      case .outOfMemory: throw .unavailable("there is no memory to unpack the body")
      }
    }
  }
}
