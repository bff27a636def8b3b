import DeployModel
import Foundation
import HTTPClient
import HTTPTypes
import OpenSSLKit
import Testing

/// Stands for a builder where a test is about tags: an image without layers, whose configuration
/// holds the labels and the Dockerfile's neighbour `content`, uploaded as any client would.
struct DirectBuilder: ImageBuilder {
  private let client = HTTPClient()

  func build(
    _ request: BuildRequest, log: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(BuildError) -> BuiltImage {
    let content = FileManager.default.contents(atPath: "\(request.sourceRoot)/content") ?? Data()
    let labels = request.labels.sorted { $0.key < $1.key }
      .map { "\"\($0.key)\":\"\($0.value)\"" }.joined(separator: ",")
    let configuration = """
      {"architecture":"amd64","os":"linux","author":"\(String(decoding: content, as: UTF8.self))",\
      "config":{"Labels":{\(labels)}},"rootfs":{"type":"layers","diff_ids":[]}}
      """
    return BuiltImage(reference: configuration, repository: request.repository)
  }

  func push(
    _ image: BuiltImage, tag: ImageTag, log: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(BuildError) -> ImageDigest {
    do {
      return try await upload(image, tag)
    } catch {
      throw BuildError(
        code: .registryUnavailable, message: "\(error)", disposition: .retry(after: nil))
    }
  }

  func discard(_ image: BuiltImage) async {}

  func prune(madeBefore time: Timestamp) async -> Int { 0 }

  private func upload(_ image: BuiltImage, _ tag: ImageTag) async throws -> ImageDigest {
    let base = "http://\(image.repository.registry)/v2/\(image.repository.path)"
    let configuration = Array(image.reference.utf8)
    let digest = "sha256:\(SHA256.hexDigest(of: configuration))"
    let started = try await client.send(
      ClientRequest(method: .post, url: "\(base)/blobs/uploads/"))
    let location = try #require(started.headers[.location])
    _ = try await client.send(
      ClientRequest(
        method: .put, url: "\(location)&digest=\(digest)",
        headers: [.contentType: "application/octet-stream"], body: configuration))
    let manifest = """
      {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",\
      "config":{"mediaType":"application/vnd.oci.image.config.v1+json",\
      "size":\(configuration.count),"digest":"\(digest)"},"layers":[]}
      """
    let stored = try await client.send(
      ClientRequest(
        method: .put, url: "\(base)/manifests/\(tag)",
        headers: [.contentType: "application/vnd.oci.image.manifest.v1+json"],
        body: Array(manifest.utf8)))
    #expect(stored.status == 201)
    let name = try #require(HTTPField.Name("Docker-Content-Digest"))
    return try #require(stored.headers[name].flatMap { ImageDigest($0) })
  }
}
