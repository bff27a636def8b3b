import CCurl
import HTTPTypes

/// One libcurl transfer: the options are set on creation, the response is collected as it comes.
///
/// Lives on the loop's thread from `start` to `finish`; libcurl calls back only from there.
final class EasyHandle {
  let raw: UnsafeMutableRawPointer
  let host: String
  private let deadline: Duration
  private let limit: Int
  private var headerList: UnsafeMutablePointer<curl_slist>?

  private var head = ResponseHead()
  private var body: [UInt8] = []
  private var overrun: Int?

  init(_ request: ClientRequest, settings: ClientSettings) throws(ClientError) {
    let target = try RequestTarget(request.url)
    guard let raw = curl_easy_init() else { throw .invalidRequest("libcurl has no handle left") }
    self.raw = raw
    host = target.host
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

  /// What this transfer came to, for the code that libcurl ended it with.
  func outcome(_ code: CURLcode) -> Result<ClientResponse, ClientError> {
    if let overrun { return .failure(.tooLarge(host: host, limit: overrun)) }
    guard code == CURLE_OK else { return .failure(error(for: code)) }
    return .success(
      ClientResponse(
        status: Int(slipway_curl_status(raw)), headers: head.fields, body: body))
  }

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

  fileprivate func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count <= limit - body.count else {
      overrun = limit
      return false
    }
    body.append(contentsOf: bytes)
    return true
  }

  fileprivate func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard head.append(bytes) else {
      overrun = ResponseHead.byteLimit
      return false
    }
    return true
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
    try check(slipway_curl_set_long(raw, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1))
    let milliseconds = Self.milliseconds(request.deadline)
    try check(slipway_curl_set_long(raw, CURLOPT_TIMEOUT_MS, milliseconds))
    try check(
      slipway_curl_set_long(
        raw, CURLOPT_CONNECTTIMEOUT_MS, min(milliseconds, Self.milliseconds(settings.connect))))
    try check(
      slipway_curl_set_offset(
        raw, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(clamping: max(1, request.responseLimit))))
    try check(slipway_curl_set_string(raw, CURLOPT_USERAGENT, settings.userAgent))
    if let file = settings.certificateAuthorities {
      try check(slipway_curl_set_string(raw, CURLOPT_CAINFO, file))
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

/// Answers libcurl with the number of bytes taken; another number ends the transfer.
private func receive(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?, _ take: (EasyHandle, UnsafeRawBufferPointer) -> Bool
) -> Int {
  guard let context else { return 0 }
  let handle = Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
  let total = size * count
  return take(handle, UnsafeRawBufferPointer(start: bytes, count: total)) ? total : total ^ 1
}
