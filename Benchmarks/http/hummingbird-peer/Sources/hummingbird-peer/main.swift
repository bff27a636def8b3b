// What Slipway is measured against: the same checks, nothing stored.
import Crypto
import HTTPTypes
import Hummingbird
import Logging

private let bodyLimit = 25 << 20

private func code(from header: String?) -> [UInt8]? {
  let prefix = "sha256="
  guard let header, header.hasPrefix(prefix), header.utf8.count == prefix.utf8.count + 64 else {
    return nil
  }
  var code: [UInt8] = []
  var high: UInt8?
  for byte in header.utf8.dropFirst(prefix.utf8.count) {
    let digit: UInt8
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
    default: return nil
    }
    if let first = high {
      code.append(first << 4 | digit)
      high = nil
    } else {
      high = digit
    }
  }
  return code
}

guard let signatureName = HTTPField.Name("X-Hub-Signature-256"),
  let secret = Environment().get("BENCH_SECRET"),
  let port = Environment().get("BENCH_PORT", as: Int.self)
else {
  preconditionFailure("set BENCH_SECRET and BENCH_PORT")
}
let key = SymmetricKey(data: Array(secret.utf8))

let router = Router()
router.get("livez") { _, _ in
  Response(
    status: .ok,
    headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
    body: ResponseBody(byteBuffer: ByteBuffer(string: "ok\n")))
}
router.post("webhooks/github") { request, _ -> Response in
  let body = try await request.body.collect(upTo: bodyLimit)
  let isValid = body.withUnsafeReadableBytes { bytes in
    guard let code = code(from: request.headers[signatureName]) else { return false }
    // Compares in constant time.
    return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: bytes, using: key)
  }
  return Response(status: isValid ? .accepted : .unauthorized)
}

var logger = Logger(label: "peer")
logger.logLevel = .error
let application = Application(
  router: router,
  configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
  logger: logger)
try await application.runService()
