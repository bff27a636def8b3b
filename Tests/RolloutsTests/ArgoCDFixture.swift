import DeployModel
import Foundation
import HTTPClient
import HTTPTypes
import Rollouts
import TestKit

/// Argo CD's own shapes, answered by a server that says what a test tells it to.
enum ArgoCDFixture {
  /// The commit of the push, and of the state before it, in all of the files.
  static let commit = "1aadaade0fa6a39a097565df823cc62fe3992021"

  static let backend = ArgoCDApplication(
    application: "backend", project: "shop", appNamespace: nil)

  static func text(_ name: String) throws -> String {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/\(name)")
    return try String(contentsOf: file, encoding: .utf8)
  }

  static func image(tag: String = "008c40e") throws -> PublishedImage {
    guard let repository = ImageRepository("ghcr.io/acme/shop/backend"), let tag = ImageTag(tag),
      let digest = ImageDigest("sha256:" + String(repeating: "ab", count: 32))
    else { throw ShellFailure("bad image") }
    return PublishedImage(repository: repository, tag: tag, digest: digest, tags: [tag])
  }

  static func client(_ server: ScriptedServer) -> ArgoCDClient { client(at: server.url) }

  static func client(at url: String) -> ArgoCDClient {
    ArgoCDClient(
      client: HTTPClient(), streams: HTTPClient(), server: url + "/", token: "t0p-secret")
  }

  /// Answers every question about an application with one file, about its resources with another.
  static func server(_ application: String, tree: String? = nil) throws -> ScriptedServer {
    let application = try text(application)
    let resources = try tree.map { try text($0) } ?? #"{"nodes": null}"#
    return try ScriptedServer { request in
      .response(
        200, [("Content-Type", "application/json")],
        text: request.target.contains("/resource-tree") ? resources : application)
    }
  }

  static func rollout(_ application: String, tree: String? = nil) async throws -> Rollout {
    let server = try server(application, tree: tree)
    defer { server.stop() }
    return try await client(server).rollout(of: backend, refreshing: false, pods: tree != nil)
  }
}
