package import HTTPTypes

/// Why bytes are not a request that we serve. Each of them ends the connection after its answer:
/// what follows could be read in two ways.
package enum WireError: Error, Hashable, CaseIterable, Sendable {
  case malformedRequestLine, malformedTarget, malformedField, obsoleteFold
  case bareCarriageReturn, bareLineFeed, controlByte
  case missingHost, duplicateHost, malformedHost
  case malformedContentLength, duplicateContentLength, lengthAndTransferEncoding
  case malformedTransferEncoding, transferEncodingUnder10
  case malformedChunk, chunkExtensionsTooLarge
  case truncated
  case requestTimeout
  case bodyTooLarge
  case targetTooLong
  case expectationFailed
  case headTooLarge, tooManyFields, trailersTooLarge
  case unsupportedTransferCoding, unsupportedMethod
  case overloaded
  case tooManyOfOneClient
  case unsupportedVersion

  package var status: HTTPResponse.Status {
    switch self {
    case .malformedRequestLine, .malformedTarget, .malformedField, .obsoleteFold,
      .bareCarriageReturn, .bareLineFeed, .controlByte, .missingHost, .duplicateHost,
      .malformedHost, .malformedContentLength, .duplicateContentLength,
      .lengthAndTransferEncoding, .malformedTransferEncoding, .transferEncodingUnder10,
      .malformedChunk, .chunkExtensionsTooLarge, .truncated:
      .badRequest
    case .requestTimeout: .requestTimeout
    case .bodyTooLarge: .contentTooLarge
    case .targetTooLong: .uriTooLong
    case .expectationFailed: .expectationFailed
    case .headTooLarge, .tooManyFields, .trailersTooLarge: .requestHeaderFieldsTooLarge
    case .unsupportedTransferCoding, .unsupportedMethod: .notImplemented
    case .overloaded: .serviceUnavailable
    case .tooManyOfOneClient: .tooManyRequests
    case .unsupportedVersion: .httpVersionNotSupported
    }
  }

  /// For the client: what to mend. Holds nothing that came from outside.
  package var detail: String {
    switch self {
    case .malformedRequestLine: "The request line is malformed."
    case .malformedTarget: "The request target is malformed."
    case .malformedField: "A header field is malformed."
    case .obsoleteFold: "Folded header fields are not allowed."
    case .bareCarriageReturn: "A carriage return stands without its line feed."
    case .bareLineFeed: "A line ends without a carriage return."
    case .controlByte: "The head holds a control character."
    case .missingHost: "The Host field is missing."
    case .duplicateHost: "There is more than one Host field."
    case .malformedHost: "The Host field is malformed."
    case .malformedContentLength: "Content-Length is not a plain number."
    case .duplicateContentLength: "There is more than one Content-Length."
    case .lengthAndTransferEncoding: "Content-Length and Transfer-Encoding exclude each other."
    case .malformedTransferEncoding: "Transfer-Encoding must be exactly: chunked."
    case .transferEncodingUnder10: "HTTP/1.0 knows no Transfer-Encoding."
    case .malformedChunk: "The chunked body is malformed."
    case .chunkExtensionsTooLarge: "The chunk extensions are too large."
    case .truncated: "The request ended before it was complete."
    case .requestTimeout: "The request did not arrive in time."
    case .bodyTooLarge: "The body is larger than this resource accepts."
    case .targetTooLong: "The request target is too long."
    case .expectationFailed: "The only expectation that is met is 100-continue."
    case .headTooLarge: "The request head is too large."
    case .tooManyFields: "The request has too many header fields."
    case .trailersTooLarge: "The trailer section is too large."
    case .unsupportedTransferCoding: "The only transfer coding that is understood is chunked."
    case .unsupportedMethod: "This method is not implemented."
    case .overloaded: "The server holds as many unread requests as it can."
    case .tooManyOfOneClient: "This client has as many requests under way as it may."
    case .unsupportedVersion: "This server speaks HTTP/1.1."
    }
  }
}
