import HTTPServer
import HTTPTypes

/// What a GET is about, as its answer describes it.
struct Representation: Sendable {
  var contentType: String
  /// Nil: it has none, and no condition on it holds.
  var tag: EntityTag?
  /// Nil where it still grows: it is then sent whole.
  var length: Int?
  var cacheControl: String
  /// `Content-Encoding`, for bytes that are packed already.
  var coding: String?

  /// Whole, in part, or not at all, as the request asks.
  ///
  /// - Parameter body: these bytes of it; nil for all.
  func answer(
    _ request: ServerRequest, body: (Range<Int>?) -> ServerResponse.Body
  ) throws(Problem) -> ServerResponse {
    switch Selection(request, tag: tag, length: length) {
    case .whole:
      var headers = describing
      if length != nil { headers[.acceptRanges] = "bytes" }
      return ServerResponse(.ok, headers: headers, body: body(nil))
    case .part(let range):
      var headers = describing
      headers[.contentRange] =
        "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(length ?? range.upperBound)"
      return ServerResponse(.partialContent, headers: headers, body: body(range))
    case .notModified: return ServerResponse(.notModified, headers: validating)
    case .preconditionFailed:
      throw Problem(
        412, "Precondition Failed", "it is not, or no longer, in a state that If-Match names")
    case .unsatisfiable:
      throw Problem(
        416, "Range Not Satisfiable", "there are \(length ?? 0) bytes, and none in that range",
        headers: [("Content-Range", "bytes */\(length ?? 0)")])
    }
  }

  /// What 200, 206 and 304 say alike (RFC 9110 sections 15.3.7 and 15.4.5).
  private var validating: HTTPFields {
    var headers: HTTPFields = [.cacheControl: cacheControl]
    headers[.eTag] = tag?.description
    headers.vary(by: "Accept-Encoding")
    return headers
  }

  private var describing: HTTPFields {
    var headers = validating
    headers[.contentType] = contentType
    headers[.xContentTypeOptions] = "nosniff"
    headers[.contentEncoding] = coding
    return headers
  }
}
