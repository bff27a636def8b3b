package import DeployModel
import OpenSSLKit

/// What `X-Hub-Signature-256` says: exactly `sha256=` and 64 hexadecimal digits.
package struct WebhookSignature: Sendable {
  let code: HMACSHA256.Code

  package init?(header: String) {
    let prefix = "sha256=".utf8
    let text = header.utf8
    guard text.count == prefix.count + 2 * HMACSHA256.codeLength, text.starts(with: prefix) else {
      return nil
    }
    var code = HMACSHA256.Code(repeating: 0)
    var digits = text.dropFirst(prefix.count).makeIterator()
    for index in 0..<HMACSHA256.codeLength {
      guard let high = digits.next().flatMap(hexValue), let low = digits.next().flatMap(hexValue)
      else { return nil }
      code[index] = high << 4 | low
    }
    self.code = code
  }
}

/// One webhook secret, as configured. Prints as nothing but its place.
package struct WebhookSecret: Sendable, CustomStringConvertible {
  package let repository: RepositoryName
  /// Among the repository's secrets, from 0: the first is the present one.
  package let position: Int
  fileprivate let bytes: [UInt8]

  /// Nil if it is empty: anybody could sign with that.
  package init?(repository: RepositoryName, position: Int, bytes: [UInt8]) {
    guard !bytes.isEmpty else { return nil }
    self.repository = repository
    self.position = position
    self.bytes = bytes
  }

  package var description: String { "webhook secret \(position + 1) of \(repository)" }
}

/// Which configured secret a delivery was signed with.
package struct MatchedSecret: Hashable, Sendable {
  package let repository: RepositoryName
  package let position: Int
}

/// A delivery whose signature is right. Only `WebhookKeyring.verify` makes one.
package struct VerifiedDelivery: Sendable {
  package let guid: DeliveryGUID
  /// `X-GitHub-Event`.
  package let event: String
  /// As received, or what that unpacks to.
  package private(set) var body: [UInt8]
  /// Of the body as received: 64 lower-case hexadecimal digits.
  package let bodySHA256: String
  /// Never empty. Several if repositories share a secret, or if one names it twice.
  package let secrets: [MatchedSecret]

  package func isSigned(by repository: RepositoryName) -> Bool {
    secrets.contains { $0.repository == repository }
  }

  /// The same delivery with the body that `unpack` makes of the one that was signed: for
  /// `Content-Encoding`. Nothing that is not signed is unpacked (R13).
  package func unpacked<Failure: Error>(
    by unpack: ([UInt8]) async throws(Failure) -> [UInt8]
  ) async throws(Failure) -> VerifiedDelivery {
    var delivery = self
    delivery.body = try await unpack(body)
    return delivery
  }

  fileprivate init(
    guid: DeliveryGUID, event: String, body: [UInt8], bodySHA256: String, secrets: [MatchedSecret]
  ) {
    self.guid = guid
    self.event = event
    self.body = body
    self.bodySHA256 = bodySHA256
    self.secrets = secrets
  }
}

/// Why a request is not a delivery.
package enum WebhookRejection: Error, Hashable, Sendable, CustomStringConvertible {
  /// 401: no signature, not one of ours, or not a signature at all.
  case unsigned, malformedSignature, wrongSignature
  /// 404: `/webhooks/github/{repository}` names no repository with secrets.
  case unknownRepository
  /// 404: `/webhooks/github` cannot serve this many secrets.
  case tooManySecrets(Int)
  /// 400: signed, but not as GitHub sends it.
  case missingEvent, missingGUID
  /// 503: the check itself could not be made.
  case unavailable(String)

  package var description: String {
    switch self {
    case .unsigned:
      "the X-Hub-Signature-256 header is missing: give the webhook a secret in GitHub's settings"
    case .malformedSignature:
      "the X-Hub-Signature-256 header is not “sha256=” and 64 hexadecimal digits"
    case .wrongSignature:
      "the signature does not match the body under any configured secret"
    case .unknownRepository:
      "no repository of this name takes webhooks"
    case .tooManySecrets(let count):
      "\(count) different secrets are configured, and this address tries "
        + "\(WebhookKeyring.maximumTried) at most: use /webhooks/github/{repository}"
    case .missingEvent:
      "the X-GitHub-Event header is missing or not an event's name"
    case .missingGUID:
      "the X-GitHub-Delivery header is missing or not a GUID"
    case .unavailable(let operation):
      "the signature could not be checked: \(operation)"
    }
  }
}

/// Every configured webhook secret, prepared (R13).
package struct WebhookKeyring: Sendable {
  /// Each secret costs one pass over a body that nobody has vouched for yet.
  package static let maximumTried = 64

  private struct Key: Sendable {
    let hmac: HMACSHA256
    var owners: [MatchedSecret]
  }

  private let keys: [Key]
  private let keysByRepository: [RepositoryName: [Int]]

  /// Equal secrets become one key with several owners.
  package init(_ secrets: [WebhookSecret]) throws(WebhookRejection) {
    var keys: [Key] = []
    var indexes: [[UInt8]: Int] = [:]
    var byRepository: [RepositoryName: [Int]] = [:]
    for secret in secrets {
      let owner = MatchedSecret(repository: secret.repository, position: secret.position)
      let index: Int
      if let known = indexes[secret.bytes] {
        index = known
        keys[index].owners.append(owner)
      } else {
        do throws(HMACSHA256.Failure) {
          keys.append(Key(hmac: try HMACSHA256(key: secret.bytes.span), owners: [owner]))
        } catch {
          throw .unavailable(error.description)
        }
        index = keys.count - 1
        indexes[secret.bytes] = index
      }
      if byRepository[secret.repository]?.contains(index) != true {
        byRepository[secret.repository, default: []].append(index)
      }
    }
    self.keys = keys
    keysByRepository = byRepository
  }

  /// Checks the signature before anything else is looked at, in the body or the headers.
  ///
  /// - Parameters:
  ///   - repository: from `/webhooks/github/{repository}`: only its secrets count. Nil tries all.
  ///   - signature: `X-Hub-Signature-256`; `event`: `X-GitHub-Event`; `guid`: `X-GitHub-Delivery`.
  ///   - body: as received, before any decoding.
  package func verify(
    repository: RepositoryName? = nil, signature: String?, event: String?, guid: String?,
    body: [UInt8]
  ) throws(WebhookRejection) -> VerifiedDelivery {
    let candidates = try candidates(for: repository)
    guard let signature else { throw .unsigned }
    guard let signature = WebhookSignature(header: signature) else { throw .malformedSignature }
    var secrets = try matches(signature, body, candidates)
    if let repository { secrets.removeAll { $0.repository != repository } }
    guard !secrets.isEmpty else { throw .wrongSignature }
    guard let event, Self.isEventName(event) else { throw .missingEvent }
    guard let guid = guid.flatMap({ DeliveryGUID($0) }) else { throw .missingGUID }
    return VerifiedDelivery(
      guid: guid, event: event, body: body, bodySHA256: SHA256.hexDigest(of: body),
      secrets: secrets)
  }

  private func candidates(
    for repository: RepositoryName?
  ) throws(WebhookRejection) -> [Int] {
    if let repository {
      guard let own = keysByRepository[repository] else { throw .unknownRepository }
      return own
    }
    guard keys.count <= Self.maximumTried else { throw .tooManySecrets(keys.count) }
    return Array(keys.indices)
  }

  /// Tries every candidate, right ones found or not: the time tells nothing about which it was.
  private func matches(
    _ signature: WebhookSignature, _ body: [UInt8], _ candidates: [Int]
  ) throws(WebhookRejection) -> [MatchedSecret] {
    do throws(HMACSHA256.Failure) {
      var matched: [MatchedSecret] = []
      for index in candidates {
        if try keys[index].hmac.isValid(signature.code.span, for: body.span) {
          matched += keys[index].owners
        }
      }
      return matched
    } catch {
      throw .unavailable(error.description)
    }
  }

  /// `push`, `pull_request_review`: it is stored and shown, so it is bounded.
  private static func isEventName(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_")
      }
  }
}
