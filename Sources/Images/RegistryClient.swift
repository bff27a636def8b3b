package import DeployModel
import FoundationEssentials
package import HTTPClient
import HTTPTypes
import OpenSSLKit

/// The OCI distribution API, as far as publishing and checking need it. Every manifest's digest is
/// the SHA-256 of the bytes that came, whatever the registry's headers say.
package struct RegistryClient: ImageRegistry {
  private let client: HTTPClient
  private let accounts: RegistryAccounts
  private let authorizer: RegistryAuthorizer
  private let deadline: Duration

  /// The specification asks registries to take manifests of 4 MiB at least, and none is larger in
  /// practice; configurations stay far below.
  private static let documentLimit = 4 << 20
  private static let redirectLimit = 3

  /// `deadline` is per request.
  package init(
    client: HTTPClient, accounts: RegistryAccounts, clock: any WallClock,
    deadline: Duration = .seconds(30)
  ) {
    self.client = client
    self.accounts = accounts
    self.deadline = deadline
    authorizer = RegistryAuthorizer(
      client: client, accounts: accounts, clock: clock, deadline: deadline)
  }

  package func digest(
    of tag: ImageTag, in repository: ImageRepository
  ) async throws(RegistryError) -> ImageDigest? {
    try await digest(of: tag.name, at: endpoint(repository))
  }

  package func digestExists(
    _ digest: ImageDigest, in repository: ImageRepository
  ) async throws(RegistryError) -> Bool {
    try await self.digest(of: digest.text, at: endpoint(repository)) != nil
  }

  package func image(
    _ tag: ImageTag, in repository: ImageRepository
  ) async throws(RegistryError) -> RegistryImage? {
    let endpoint = endpoint(repository)
    guard let manifest = try await manifest(tag.name, at: endpoint) else { return nil }
    do throws(RegistryError) {
      return RegistryImage(
        digest: manifest.digest, labels: try await labels(of: manifest, at: endpoint))
    } catch {
      // A clean-up of what has no tag deletes what an index names.
      guard error.code == .imageGone else { throw error }
      return RegistryImage(digest: manifest.digest, labels: [:])
    }
  }

  package func tag(
    _ digest: ImageDigest, as tag: ImageTag, in repository: ImageRepository
  ) async throws(RegistryError) {
    let endpoint = endpoint(repository)
    let failure = RegistryFailure(endpoint)
    guard let manifest = try await manifest(digest.text, at: endpoint) else {
      throw failure.gone(digest)
    }
    guard manifest.digest == digest else { throw failure.corrupt("\(digest)") }
    var request = self.request(.put, endpoint.manifest(tag.name))
    request.headers[.contentType] = manifest.mediaType
    request.body = manifest.bytes
    let response = try await send(request, to: endpoint)
    guard (200...299).contains(response.status) else {
      throw failure.status(response, doing: "the tag \(tag)")
    }
  }

  package func remove(
    _ digest: ImageDigest, in repository: ImageRepository
  ) async throws(RegistryError) -> Bool {
    let endpoint = endpoint(repository)
    let response = try await send(
      request(.delete, endpoint.manifest(digest.text)), to: endpoint)
    switch response.status {
    case 200...299: return true
    case 404: return false
    default: throw RegistryFailure(endpoint).deletion(response)
    }
  }
}

// MARK: - Manifests

extension RegistryClient {
  private struct Manifest {
    var digest: ImageDigest
    var mediaType: String
    var bytes: [UInt8]
  }

  private func endpoint(_ repository: ImageRepository) -> RegistryEndpoint {
    RegistryEndpoint(
      repository, isInsecure: accounts.account(for: repository.registry).insecure)
  }

  private func request(_ method: HTTPRequest.Method, _ url: String) -> ClientRequest {
    ClientRequest(
      method: method, url: url, deadline: deadline, responseLimit: Self.documentLimit)
  }

  private func manifestRequest(
    _ method: HTTPRequest.Method, _ reference: String, at endpoint: RegistryEndpoint
  ) -> ClientRequest {
    var request = request(method, endpoint.manifest(reference))
    request.headers[.accept] = ManifestDocument.mediaTypes.joined(separator: ", ")
    return request
  }

  private func digest(
    of reference: String, at endpoint: RegistryEndpoint
  ) async throws(RegistryError) -> ImageDigest? {
    let response = try await send(manifestRequest(.head, reference, at: endpoint), to: endpoint)
    switch response.status {
    case 200:
      if let name = HTTPField.Name("Docker-Content-Digest"), let text = response.headers[name],
        let digest = ImageDigest(text)
      {
        return digest
      }
      // Old registries leave the header out.
      return try await manifest(reference, at: endpoint)?.digest
    case 404: return nil
    case 405: return try await manifest(reference, at: endpoint)?.digest
    default: throw RegistryFailure(endpoint).status(response, doing: "the manifest")
    }
  }

  private func manifest(
    _ reference: String, at endpoint: RegistryEndpoint
  ) async throws(RegistryError) -> Manifest? {
    let response = try await send(manifestRequest(.get, reference, at: endpoint), to: endpoint)
    let failure = RegistryFailure(endpoint)
    switch response.status {
    case 200: break
    case 404: return nil
    default: throw failure.status(response, doing: "the manifest")
    }
    guard let digest = Self.digest(of: response.body) else {
      throw failure.unintelligible("the manifest")
    }
    let mediaType = response.headers[.contentType] ?? ""
    guard ManifestDocument.mediaTypes.contains(mediaType) else {
      throw failure.unintelligible("the manifest's media type")
    }
    return Manifest(digest: digest, mediaType: mediaType, bytes: response.body)
  }

  private func labels(
    of manifest: Manifest, at endpoint: RegistryEndpoint
  ) async throws(RegistryError) -> [String: String] {
    let failure = RegistryFailure(endpoint)
    var document = try decode(ManifestDocument.self, manifest.bytes, "the manifest", failure)
    if let platform = document.firstImage {
      guard let inner = try await self.manifest(platform.text, at: endpoint) else {
        throw failure.gone(platform)
      }
      guard inner.digest == platform else { throw failure.corrupt("\(platform)") }
      document = try decode(ManifestDocument.self, inner.bytes, "the manifest", failure)
    }
    guard let configuration = document.configuration else { return [:] }
    let bytes = try await blob(configuration, at: endpoint)
    guard Self.digest(of: bytes) == configuration else {
      throw failure.corrupt("\(configuration)")
    }
    return try decode(ConfigurationDocument.self, bytes, "the image configuration", failure)
      .config?.labels ?? [:]
  }

  private func decode<Document: Decodable>(
    _ type: Document.Type, _ bytes: [UInt8], _ what: String, _ failure: RegistryFailure
  ) throws(RegistryError) -> Document {
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch {
      throw failure.unintelligible(what)
    }
  }

  private static func digest(of bytes: [UInt8]) -> ImageDigest? {
    ImageDigest("sha256:\(SHA256.hexDigest(of: bytes))")
  }
}

// MARK: - Requests

extension RegistryClient {
  /// Registries keep blobs elsewhere (GHCR: another host with a signed URL), so this follows
  /// redirects, by hand, and lets the credentials go no further than the registry.
  private func blob(
    _ digest: ImageDigest, at endpoint: RegistryEndpoint
  ) async throws(RegistryError) -> [UInt8] {
    let failure = RegistryFailure(endpoint)
    var url = endpoint.blob(digest)
    for _ in 0...Self.redirectLimit {
      let request = request(.get, url)
      let response =
        endpoint.owns(url)
        ? try await send(request, to: endpoint) : try await sendBare(request, failure)
      switch response.status {
      case 200: return response.body
      case 404: throw failure.gone(digest)
      case 301, 302, 303, 307, 308:
        guard let location = response.headers[.location], let next = endpoint.resolve(location)
        else { throw failure.unintelligible("a redirect") }
        url = next
      default: throw failure.status(response, doing: "the image configuration")
      }
    }
    throw failure.unintelligible("a chain of redirects")
  }

  /// Sends with what authorization there is, and once more if the registry asks for another.
  private func send(
    _ request: ClientRequest, to endpoint: RegistryEndpoint
  ) async throws(RegistryError) -> ClientResponse {
    let failure = RegistryFailure(endpoint)
    var request = request
    request.headers[.authorization] = await authorizer.authorization(
      for: endpoint, to: request.method)
    let response = try await sendBare(request, failure)
    guard response.status == 401 else { return response }
    let challenges = response.headers[values: .wwwAuthenticate].flatMap(AuthChallenge.parse)
    guard
      let authorization = try await authorizer.answer(
        challenges, for: endpoint, to: request.method)
    else { return response }
    request.headers[.authorization] = authorization
    return try await sendBare(request, failure)
  }

  private func sendBare(
    _ request: ClientRequest, _ failure: RegistryFailure
  ) async throws(RegistryError) -> ClientResponse {
    do throws(ClientError) {
      return try await client.send(request)
    } catch {
      throw failure.transport(error)
    }
  }
}
