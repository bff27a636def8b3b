import DeployModel
import FoundationEssentials
import HTTPClient
import HTTPTypes

/// What to do about an answer of a registry, or about none. The texts name the host and the
/// repository and quote nothing else but the specification's error code: bodies and URLs may echo
/// credentials.
struct RegistryFailure {
  let endpoint: RegistryEndpoint

  init(_ endpoint: RegistryEndpoint) { self.endpoint = endpoint }

  private var name: String { "\(endpoint.host)/\(endpoint.path)" }

  /// A `Retry-After` beyond this is treated as this.
  private static let longestWait = 3600

  func transport(_ error: ClientError) -> RegistryError {
    let disposition: Disposition
    let code: FailureCode
    switch error {
    case .unreachable, .timedOut, .cancelled, .closed:
      (code, disposition) = (.registryUnavailable, .retry(after: nil))
    case .untrusted, .tooLarge: (code, disposition) = (.registryUnavailable, .giveUp)
    case .invalidRequest: (code, disposition) = (.internalError, .bug)
    }
    return RegistryError(code: code, message: "\(name): \(error)", disposition: disposition)
  }

  /// `what` stands for the request in the text: "the manifest", "its token service".
  func status(_ response: ClientResponse, doing what: String) -> RegistryError {
    let code = Self.errorCode(response.body).map { " \($0)" } ?? ""
    let said = "answered \(response.status)\(code) for \(what)"
    switch response.status {
    case 401, 403:
      return refused(
        "it \(said); check what `registries` has for \(endpoint.host)")
    case 408, 425, 429, 500...599:
      return RegistryError(
        code: .registryUnavailable, message: "\(name): the registry \(said)",
        disposition: .retry(after: Self.retryAfter(response.headers)))
    default:
      return RegistryError(
        code: .registryRefused, message: "\(name): the registry \(said)", disposition: .giveUp)
    }
  }

  /// 405, or whatever status with the code UNSUPPORTED: "the registry does not support deletion"
  /// (distribution-spec, "Deleting manifests").
  func deletion(_ response: ClientResponse) -> RegistryError {
    guard response.status == 405 || Self.errorCode(response.body) == "UNSUPPORTED" else {
      return status(response, doing: "the deletion of an image")
    }
    return RegistryError(
      code: .registryRefused,
      message: "\(name): the registry allows no deletion (it answered \(response.status))",
      disposition: .giveUp)
  }

  func refused(_ why: String) -> RegistryError {
    RegistryError(
      code: .registryRefused, message: "\(name): the registry refuses access: \(why)",
      disposition: .giveUp)
  }

  func credentials(_ fault: CredentialFault) -> RegistryError {
    RegistryError(
      code: fault.mayPass ? .registryUnavailable : .registryRefused,
      message: "\(name): no credentials: \(fault.message)",
      disposition: fault.mayPass ? .retry(after: nil) : .giveUp)
  }

  func unintelligible(_ what: String) -> RegistryError {
    RegistryError(
      code: .registryUnavailable, message: "\(name): \(what) cannot be understood",
      disposition: .giveUp)
  }

  func gone(_ digest: ImageDigest) -> RegistryError {
    RegistryError(
      code: .imageGone, message: "\(name): the registry no longer has \(digest)",
      disposition: .giveUp)
  }

  func corrupt(_ what: String) -> RegistryError {
    RegistryError(
      code: .digestMismatch, message: "\(name): the bytes of \(what) do not have its digest",
      disposition: .retry(after: nil))
  }

  /// Digits only (RFC 9110, section 10.2.3); its other form, a date, counts as absent.
  static func retryAfter(_ headers: HTTPFields) -> Duration? {
    guard let name = HTTPField.Name("Retry-After"), let text = headers[name], !text.isEmpty,
      text.utf8.count <= 9,
      text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    return .seconds(min(Int(text) ?? longestWait, longestWait))
  }

  private struct ErrorBody: Decodable {
    struct Item: Decodable { var code: String? }
    var errors: [Item]
  }

  /// `{"errors":[{"code":"DENIED",…}]}` of the distribution specification.
  private static func errorCode(_ body: [UInt8]) -> String? {
    let decoded: ErrorBody
    do {
      decoded = try JSONDecoder().decode(ErrorBody.self, from: Data(body))
    } catch {
      return nil  // Proxies answer with pages of their own.
    }
    guard let code = decoded.errors.first?.code, code.utf8.count <= 40,
      code.utf8.allSatisfy({
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0 == UInt8(ascii: "_")
      })
    else { return nil }
    return code
  }
}
