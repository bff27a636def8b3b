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

/// A delivery whose signature, or GitLab's token, is right. Only `WebhookKeyring.verify` makes one.
package struct VerifiedDelivery: Sendable {
  package let forge: Forge
  package let guid: DeliveryGUID
  /// As GitHub names it: `push`.
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
    forge: Forge, guid: DeliveryGUID, event: String, body: [UInt8], bodySHA256: String,
    secrets: [MatchedSecret]
  ) {
    self.forge = forge
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
  /// 401: GitLab's token is missing, or not one of ours.
  case withoutToken, wrongToken
  /// 404: `/webhooks/github/{repository}` names no repository with secrets.
  case unknownRepository
  /// 404: `/webhooks/github` cannot serve this many secrets.
  case tooManySecrets(Int)
  /// 400: signed, but not as the forge sends it.
  case missingEvent(Forge), missingGUID(Forge)
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
    case .withoutToken:
      "the X-Gitlab-Token header is missing: give the webhook a secret token in GitLab's settings"
    case .wrongToken:
      "the token in X-Gitlab-Token is not one of the configured secrets"
    case .unknownRepository:
      "no repository of this name takes webhooks"
    case .tooManySecrets(let count):
      "\(count) different secrets are configured, and this address tries "
        + "\(WebhookKeyring.maximumTried) at most: add /{repository} to it"
    case .missingEvent(.github):
      "the X-GitHub-Event header is missing or not an event's name"
    case .missingEvent(.gitlab):
      "the X-Gitlab-Event header is missing or not an event's name, such as “Push Hook”"
    case .missingGUID(.github):
      "the X-GitHub-Delivery header is missing or not a GUID"
    case .missingGUID(.gitlab):
      "neither Idempotency-Key nor X-Gitlab-Event-UUID is there: GitLab 14.8 or newer sends them"
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
    /// For tokens: a comparison of digests tells nothing of the secret's length.
    let digest: [UInt8]
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
          keys.append(
            Key(
              hmac: try HMACSHA256(key: secret.bytes.span),
              digest: OneShotDigest.sha256(secret.bytes), owners: [owner]))
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

  /// How many bytes `verify` goes over at most, once for each secret that it tries.
  package func work(toVerify body: [UInt8], of repository: RepositoryName?) -> Int {
    let tried = repository.map { keysByRepository[$0]?.count ?? 0 } ?? keys.count
    return body.count * min(tried, Self.maximumTried)
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
    return try delivery(of: .github, event, guid, body, secrets)
  }

  /// GitLab's way: the secret itself is in a header, and nothing binds the body to it. Whoever has
  /// seen one delivery can send others, so this is for its own address alone.
  ///
  /// - Parameters:
  ///   - token: `X-Gitlab-Token`; `event`: `X-Gitlab-Event`.
  ///   - guid: `Idempotency-Key`, which a delivery keeps when it is sent again; before GitLab 17.4,
  ///     `X-Gitlab-Event-UUID`.
  package func verify(
    repository: RepositoryName? = nil, token: String?, event: String?, guid: String?, body: [UInt8]
  ) throws(WebhookRejection) -> VerifiedDelivery {
    let candidates = try candidates(for: repository)
    guard let token, !token.isEmpty else { throw .withoutToken }
    let digest = OneShotDigest.sha256(Array(token.utf8))
    var secrets: [MatchedSecret] = []
    // Every one, right ones found or not.
    for index in candidates where ConstantTime.equal(keys[index].digest, digest) {
      secrets += keys[index].owners
    }
    if let repository { secrets.removeAll { $0.repository != repository } }
    guard !secrets.isEmpty else { throw .wrongToken }
    return try delivery(of: .gitlab, event, guid, body, secrets)
  }

  private func delivery(
    of forge: Forge, _ event: String?, _ guid: String?, _ body: [UInt8], _ secrets: [MatchedSecret]
  ) throws(WebhookRejection) -> VerifiedDelivery {
    guard let event = event.flatMap({ forge.event(of: $0) }) else { throw .missingEvent(forge) }
    guard let guid = guid.flatMap({ DeliveryGUID($0) }) else { throw .missingGUID(forge) }
    return VerifiedDelivery(
      forge: forge, guid: guid, event: event, body: body, bodySHA256: SHA256.hexDigest(of: body),
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
}
