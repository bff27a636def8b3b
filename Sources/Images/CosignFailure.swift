import DeployModel
import Posix

/// What a call of cosign that failed means, from the end of what it wrote:
///
///     Error: signing [ghcr.io/acme/api@sha256:…]: signing digest: …: decrypt: encrypted: decryption failed
///     main.go:74: error during command execution: signing [ghcr.io/acme/api@sha256:…]: …
///
/// It ends with 1 whatever happened, but for images without a signature that verifies (10 to 13 of
/// its `doc/cosign_exit-codes.md`), so its text decides.
enum CosignFailure {
  private static let shownLines = 8
  private static let shownBytes = 2000

  static func signing(
    _ status: ChildResult.Status, lastLines: [String], _ image: PublishedImage
  ) -> RegistryError {
    let message = "cosign did not sign \(image.repository)@\(image.digest): "
    return failure(status, lastLines, message, final: .signingFailed)
  }

  static func verification(
    _ status: ChildResult.Status, lastLines: [String], _ image: PublishedImage
  ) -> RegistryError {
    let message = "\(image.repository)@\(image.digest) has no signature that verifies: "
    return failure(status, lastLines, message, final: .signatureMissing)
  }

  private static func failure(
    _ status: ChildResult.Status, _ lastLines: [String], _ beginning: String, final: FailureCode
  ) -> RegistryError {
    let lines = lastLines.map { $0.split(whereSeparator: \.isNewline).joined() }
      .filter { line in line.contains { !$0.isWhitespace } }
    let said = words(of: lines) ?? ended(status)
    let mayPass = passing.contains(where: said.lowercased().contains) || status.isSignal
    return RegistryError(
      code: mayPass ? .signingUnavailable : final,
      message: String((beginning + said).prefix(shownBytes)),
      disposition: mayPass ? .retry(after: nil) : .giveUp)
  }

  /// The error once, and what it said before.
  private static func words(of lines: [String]) -> String? {
    let error = lines.last { $0.hasPrefix("Error: ") }.map { String($0.dropFirst(7)) }
    let rest = lines.filter {
      !$0.hasPrefix("Error: ") && !$0.contains("error during command execution: ")
    }
    let repeated = lines.last { $0.contains("error during command execution: ") }
    guard let first = error ?? repeated ?? rest.last else { return nil }
    let others = rest.filter { $0 != first }.suffix(shownLines)
    return ([first] + others).joined(separator: "\n")
  }

  static func child(_ error: ChildError) -> RegistryError {
    switch error {
    case .notFound(let program):
      RegistryError(
        code: .signingUnavailable,
        message: "\(program) is not installed or not on the PATH: install it where Slipway runs",
        disposition: .giveUp)
    case .couldNotStart:
      RegistryError(code: .signingUnavailable, message: "\(error)", disposition: .giveUp)
    case .deadlineExceeded, .cancelled, .outputTooLarge, .ended:
      RegistryError(
        code: .signingUnavailable, message: "\(error)", disposition: .retry(after: nil))
    }
  }

  private static func ended(_ status: ChildResult.Status) -> String {
    switch status {
    case .exited(let code): "it ended with status \(code)"
    case .signalled(let signal): "it was ended by signal \(signal)"
    }
  }

  /// Of a registry, a key service, a certificate authority or a transparency log that is down for a
  /// while; as Go's network library and go-containerregistry say it.
  private static let passing = [
    "connection refused", "connection reset", "broken pipe", "no such host", "i/o timeout",
    "network is unreachable", "no route to host", "tls handshake timeout", "temporary failure",
    "server misbehaving", "unexpected eof", ": eof", "context deadline exceeded",
    "client.timeout exceeded", "http2: server sent goaway", "too many requests", "toomanyrequests",
    "internal server error", "bad gateway", "service unavailable", "gateway timeout",
    "status code 429", "status code 500", "status code 502", "status code 503", "status code 504",
    "no space left on device",
  ]
}

extension ChildResult.Status {
  fileprivate var isSignal: Bool {
    if case .signalled = self { return true }
    return false
  }
}
