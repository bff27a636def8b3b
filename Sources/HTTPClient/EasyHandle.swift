import CCurl
import HTTPTypes

/// Where the response of a transfer goes.
enum Receiver: Sendable {
  typealias Completion = @Sendable (Result<ClientResponse, ClientError>) -> Void

  /// Collected, and handed over when it is complete.
  case whole(Completion)
  /// Handed on as it comes, however long that takes. Where `silence` is said, a server that sends
  /// nothing for so long is given up.
  case stream(StreamBuffer, silence: Duration?)

  func fail(_ error: ClientError) {
    switch self {
    case .whole(let completion): completion(.failure(error))
    case .stream(let buffer, _): buffer.end(error)
    }
  }
}

/// One libcurl transfer: the options are set on creation, the response is received as it comes.
///
/// Lives on the loop's thread from `start` to `finish`; libcurl calls back only from there.
final class EasyHandle {
  let raw: UnsafeMutableRawPointer
  let host: String
  private let receiver: Receiver
  private let deadline: Duration
  private let limit: Int
  private var headerList: UnsafeMutablePointer<curl_slist>?

  private var head = ResponseHead()
  private var body: [UInt8] = []
  private var overrun: Int?
  /// The head is complete, and no interim one.
  private(set) var hasAnswered = false

  init(
    _ request: ClientRequest, settings: ClientSettings, receiver: Receiver
  ) throws(ClientError) {
    let target = try RequestTarget(request.url)
    guard let raw = curl_easy_init() else { throw .invalidRequest("libcurl has no handle left") }
    self.raw = raw
    host = target.host
    self.receiver = receiver
    deadline = request.deadline
    limit = request.responseLimit
    do {
      try configure(request, settings)
    } catch {
      release()
      throw error
    }
  }

  deinit { release() }

  private var released = false

  private func release() {
    guard !released else { return }
    released = true
    curl_easy_cleanup(raw)
    curl_slist_free_all(headerList)
  }

  /// Says what this transfer came to, for the code that libcurl ended it with.
  func finish(_ code: CURLcode) {
    if let overrun { return receiver.fail(.tooLarge(host: host, limit: overrun)) }
    guard code == CURLE_OK else { return receiver.fail(error(for: code)) }
    switch receiver {
    case .whole(let completion):
      completion(
        .success(ClientResponse(status: status, headers: head.fields, body: body)))
    case .stream(let buffer, _):
      buffer.begin(StreamBuffer.Head(status: status, headers: head.fields))
      buffer.end(nil)
    }
  }

  func fail(_ error: ClientError) { receiver.fail(error) }

  /// The time for an answer to begin is over.
  func expire() { receiver.fail(.timedOut(host: host, deadline)) }

  /// libcurl may call back from within.
  func resume() { curl_easy_pause(raw, CURLPAUSE_CONT) }

  private var status: Int { Int(slipway_curl_status(raw)) }

  private func error(for code: CURLcode) -> ClientError {
    // `curl_easy_strerror` is constant text; the error buffer may quote the URL.
    let reason = String(cString: curl_easy_strerror(code))
    switch code {
    case CURLE_OPERATION_TIMEDOUT: return .timedOut(host: host, deadline)
    case CURLE_FILESIZE_EXCEEDED: return .tooLarge(host: host, limit: limit)
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: return .invalidRequest(reason)
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
      return .untrusted(host: host, reason: reason)
    default: return .unreachable(host: host, reason: reason)
    }
  }

  // MARK: What libcurl calls

  fileprivate func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Reception {
    switch receiver {
    case .whole:
      guard bytes.count <= limit - body.count else {
        overrun = limit
        return .refused
      }
      body.append(contentsOf: bytes)
      return .taken
    case .stream(let buffer, _):
      return buffer.take(bytes) ? .taken : .paused
    }
  }

  fileprivate func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Reception {
    guard head.append(bytes) else {
      overrun = ResponseHead.byteLimit
      return .refused
    }
    // The blank line ends interim heads and, after a chunked body, trailers as well.
    if !hasAnswered, bytes.elementsEqual("\r\n".utf8) || bytes.elementsEqual("\n".utf8),
      status >= 200
    {
      hasAnswered = true
      if case .stream(let buffer, _) = receiver {
        buffer.begin(StreamBuffer.Head(status: status, headers: head.fields))
      }
    }
    return .taken
  }
}

// MARK: - Options

extension EasyHandle {
  private func configure(_ request: ClientRequest, _ settings: ClientSettings) throws(ClientError) {
    try check(slipway_curl_set_string(raw, CURLOPT_URL, request.url))
    try check(slipway_curl_set_string(raw, CURLOPT_PROTOCOLS_STR, "http,https"))
    try check(slipway_curl_set_long(raw, CURLOPT_FOLLOWLOCATION, 0))
    // Without this, resolver time-outs use SIGALRM, which belongs to the whole process.
    try check(slipway_curl_set_long(raw, CURLOPT_NOSIGNAL, 1))
    // A look-up that is given up goes on by itself: the loop would wait for the system's resolver,
    // and every other transfer with it.
    try check(slipway_curl_set_long(raw, CURLOPT_QUICK_EXIT, 1))
    try check(slipway_curl_set_long(raw, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1))
    let milliseconds = Self.milliseconds(request.deadline)
    try check(
      slipway_curl_set_long(
        raw, CURLOPT_CONNECTTIMEOUT_MS, min(milliseconds, Self.milliseconds(settings.connect))))
    switch receiver {
    case .whole:
      try check(slipway_curl_set_long(raw, CURLOPT_TIMEOUT_MS, milliseconds))
      try check(
        slipway_curl_set_offset(
          raw, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(clamping: max(1, request.responseLimit))))
    case .stream(_, let silence): try configureStream(silence)
    }
    try check(slipway_curl_set_string(raw, CURLOPT_USERAGENT, settings.userAgent))
    if let file = settings.certificateAuthorities {
      try check(slipway_curl_set_string(raw, CURLOPT_CAINFO, file))
      // Where the system's are single files, as Debian's, libcurl would look there as well.
      try check(slipway_curl_set_string(raw, CURLOPT_CAPATH, nil))
    }
    try setMethod(request)
    try setHeaders(request)
    // Unretained: the loop holds this object for as long as libcurl has the handle.
    let context = Unmanaged.passUnretained(self).toOpaque()
    try check(
      slipway_curl_set_body_receiver(
        raw,
        { bytes, size, count, context in
          receive(bytes, size, count, context) { $0.receiveBody($1) }
        }, context))
    try check(
      slipway_curl_set_header_receiver(
        raw,
        { bytes, size, count, context in
          receive(bytes, size, count, context) { $0.receiveHeader($1) }
        }, context))
  }

  /// Nothing bounds the whole: a peer that has vanished is found by TCP itself, one that is silent
  /// by `silence`.
  private func configureStream(_ silence: Duration?) throws(ClientError) {
    try check(slipway_curl_set_long(raw, CURLOPT_TCP_KEEPALIVE, 1))
    try check(slipway_curl_set_long(raw, CURLOPT_TCP_KEEPIDLE, 30))
    try check(slipway_curl_set_long(raw, CURLOPT_TCP_KEEPINTVL, 15))
    guard let silence else { return }
    try check(slipway_curl_set_long(raw, CURLOPT_LOW_SPEED_LIMIT, 1))
    try check(
      slipway_curl_set_long(raw, CURLOPT_LOW_SPEED_TIME, Int(max(1, silence.components.seconds))))
  }

  private func setMethod(_ request: ClientRequest) throws(ClientError) {
    if request.method == .head {
      try check(slipway_curl_set_long(raw, CURLOPT_NOBODY, 1))
    } else if request.method != .get || !request.body.isEmpty {
      if !request.body.isEmpty || [.post, .put, .patch].contains(request.method) {
        let code = request.body.withUnsafeBytes { bytes in
          slipway_curl_set_body(
            raw, bytes.baseAddress ?? UnsafeRawPointer(raw), curl_off_t(bytes.count))
        }
        try check(code)
      }
      try check(slipway_curl_set_string(raw, CURLOPT_CUSTOMREQUEST, request.method.rawValue))
    }
  }

  /// `HTTPField` has checked the values: none can hold CR, LF or NUL.
  private func setHeaders(_ request: ClientRequest) throws(ClientError) {
    // libcurl would wait a second for `100 Continue`, and call every body a form.
    try append("Expect:")
    if request.headers[.contentType] == nil { try append("Content-Type:") }
    for field in request.headers {
      try append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
    }
    try check(slipway_curl_set_headers(raw, headerList))
  }

  private func append(_ line: String) throws(ClientError) {
    guard let list = curl_slist_append(headerList, line) else {
      throw .invalidRequest("a header could not be copied")
    }
    headerList = list
  }

  private func check(_ code: CURLcode) throws(ClientError) {
    guard code == CURLE_OK else {
      throw .invalidRequest(String(cString: curl_easy_strerror(code)))
    }
  }

  private static func milliseconds(_ duration: Duration) -> Int {
    let (seconds, attoseconds) = duration.components
    guard seconds < 1 << 31 else { return 1 << 40 }
    return max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
  }
}

private enum Reception { case taken, refused, paused }

/// Answers libcurl with the number of bytes taken; another number ends the transfer.
private func receive(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?, _ take: (EasyHandle, UnsafeRawBufferPointer) -> Reception
) -> Int {
  guard let context else { return 0 }
  let handle = Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
  let total = size * count
  return switch take(handle, UnsafeRawBufferPointer(start: bytes, count: total)) {
  case .taken: total
  case .refused: total ^ 1
  case .paused: Int(CURL_WRITEFUNC_PAUSE)
  }
}
