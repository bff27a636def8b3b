import HTTPTypes

extension HTTPResponse.Status {
  /// A status that was made of its code alone has no phrase, and older clients show people that text
  /// (RFC 9112 section 4). Empty for codes that nothing here answers.
  var phrase: String {
    reasonPhrase.isEmpty ? Self.phrases[code] ?? "" : reasonPhrase
  }

  private static let phrases: [Int: String] = {
    let known: [HTTPResponse.Status] = [
      .ok, .created, .accepted, .noContent, .partialContent, .notModified, .badRequest,
      .unauthorized, .forbidden, .notFound, .methodNotAllowed, .notAcceptable, .requestTimeout,
      .conflict, .gone, .lengthRequired, .preconditionFailed, .contentTooLarge, .uriTooLong,
      .unsupportedMediaType, .rangeNotSatisfiable, .expectationFailed, .unprocessableContent,
      .tooManyRequests, .requestHeaderFieldsTooLarge, .internalServerError, .notImplemented,
      .badGateway, .serviceUnavailable, .gatewayTimeout, .httpVersionNotSupported,
    ]
    return Dictionary(uniqueKeysWithValues: known.map { ($0.code, $0.reasonPhrase) })
  }()
}
