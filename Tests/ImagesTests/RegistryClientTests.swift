import DeployModel
import Foundation
import HTTPClient
import TestKit
import Testing

@testable import Images

/// What the client asks, and what it makes of answers that no test registry can be made to give.
@Suite struct RegistryClientTests {
  let clock = ManualClock()

  /// sha256 of `manifest` and of `configuration`, by `printf … | sha256sum`.
  static let configuration = #"{"config":{"Labels":{"a":"b"}}}"#
  static let configurationDigest =
    "sha256:05c25f65268bc8c4ca2381e6d0a43d08be33418c0b72cd9218a3a647a943e851"
  static let manifest =
    #"{"schemaVersion":2,"config":{"digest":"sha256:05c25f65268bc8c4ca2381e6d0a43d08be33418c0b72cd9218a3a647a943e851"}}"#
  static let manifestDigest =
    "sha256:a2e6b027fe185a5b35de9fa4939bcc784d4e76eeff6bf9572b5e9892ff613bf3"
  static let manifestType = "application/vnd.oci.image.manifest.v1+json"

  private func client(
    _ server: ScriptedServer, username: String? = nil, password: String = "hunter2"
  ) -> RegistryClient {
    RegistryClient(
      client: HTTPClient(),
      accounts: RegistryAccounts([
        server.host: .init(
          credentials: username.map { .init(username: $0, password: password) }, insecure: true)
      ]), clock: clock, deadline: .seconds(10))
  }

  private func repository(_ server: ScriptedServer) throws -> ImageRepository {
    try #require(ImageRepository("\(server.host)/acme/backend"))
  }

  private static func manifestAnswer() -> ScriptedServer.Answer {
    .response(200, [("Content-Type", manifestType)], text: manifest)
  }

  // MARK: Digests

  @Test("a tag's digest is asked with HEAD and all four media types")
  func digestHeader() async throws {
    let server = try ScriptedServer { _ in
      .response(200, [("Docker-Content-Digest", Self.manifestDigest)])
    }
    defer { server.stop() }
    let digest = try await client(server).digest(of: tag("1"), in: repository(server))
    #expect(digest?.text == Self.manifestDigest)
    let request = try #require(server.requests.first)
    #expect(request.method == "HEAD")
    #expect(request.target == "/v2/acme/backend/manifests/1")
    #expect(request.headers["authorization"] == nil)
    #expect(
      request.headers["accept"]
        == "application/vnd.oci.image.index.v1+json, "
        + "application/vnd.oci.image.manifest.v1+json, "
        + "application/vnd.docker.distribution.manifest.list.v2+json, "
        + "application/vnd.docker.distribution.manifest.v2+json")
  }

  @Test("a registry that sends no digest header is asked for the bytes")
  func digestFromBytes() async throws {
    let server = try ScriptedServer { request in
      request.method == "HEAD" ? .response(200) : Self.manifestAnswer()
    }
    defer { server.stop() }
    let digest = try await client(server).digest(of: tag("1"), in: repository(server))
    #expect(digest?.text == Self.manifestDigest)
  }

  @Test func whatIsNotThereIsNil() async throws {
    let server = try ScriptedServer { _ in .response(404) }
    defer { server.stop() }
    let client = client(server)
    let repository = try repository(server)
    #expect(try await client.digest(of: tag("1"), in: repository) == nil)
    #expect(try await client.image(tag("1"), in: repository) == nil)
    let digest = try #require(ImageDigest(Self.manifestDigest))
    #expect(try await !client.digestExists(digest, in: repository))
    let error = try await registryError {
      try await client.tag(digest, as: tag("2"), in: repository)
    }
    #expect(error.code == .imageGone)
  }

  @Test("one more tag is the same bytes under another name")
  func retag() async throws {
    let server = try ScriptedServer { request in
      request.method == "PUT" ? .response(201) : Self.manifestAnswer()
    }
    defer { server.stop() }
    let digest = try #require(ImageDigest(Self.manifestDigest))
    try await client(server).tag(digest, as: tag("latest"), in: repository(server))
    let put = try #require(server.requests.last)
    #expect(server.requests.first?.target == "/v2/acme/backend/manifests/\(digest)")
    #expect(put.target == "/v2/acme/backend/manifests/latest")
    #expect(put.headers["content-type"] == Self.manifestType)
    #expect(put.body == Array(Self.manifest.utf8))
  }

  @Test("bytes that do not have the digest they were asked by are not tagged")
  func corrupt() async throws {
    let server = try ScriptedServer { _ in
      .response(200, [("Content-Type", Self.manifestType)], text: "{}")
    }
    defer { server.stop() }
    let digest = try #require(ImageDigest(Self.manifestDigest))
    let client = client(server)
    let repository = try repository(server)
    let error = try await registryError {
      try await client.tag(digest, as: tag("2"), in: repository)
    }
    #expect(error.code == .digestMismatch)
    #expect(!server.requests.contains { $0.method == "PUT" })
  }

  // MARK: Labels

  @Test("labels come through an index from the first real platform, and past a redirect")
  func labelsThroughAnIndex() async throws {
    let index = """
      {"schemaVersion":2,"manifests":[\
      {"digest":"sha256:\(String(repeating: "0", count: 64))",\
      "platform":{"os":"unknown","architecture":"unknown"}},\
      {"digest":"\(Self.manifestDigest)","platform":{"os":"linux","architecture":"amd64"}}]}
      """
    let elsewhere = try ScriptedServer { _ in .response(200, text: Self.configuration) }
    defer { elsewhere.stop() }
    let server = try ScriptedServer { request in
      guard request.headers["authorization"] != nil else {
        return .response(401, [("WWW-Authenticate", "Basic realm=\"x\"")])
      }
      switch request.target {
      case "/v2/acme/backend/manifests/1":
        return .response(
          200, [("Content-Type", "application/vnd.oci.image.index.v1+json")], text: index)
      case "/v2/acme/backend/manifests/\(Self.manifestDigest)": return Self.manifestAnswer()
      case "/v2/acme/backend/blobs/\(Self.configurationDigest)":
        return .response(307, [("Location", "\(elsewhere.url)/signed?x=y")])
      default: return .response(404)
      }
    }
    defer { server.stop() }
    let image = try await client(server, username: "bot").image(tag("1"), in: repository(server))
    #expect(image?.labels == ["a": "b"])
    // R13: the registry's credentials are not for whoever it sends us to.
    #expect(elsewhere.requests.map(\.target) == ["/signed?x=y"])
    #expect(elsewhere.requests.first?.headers["authorization"] == nil)
  }

  @Test("R8: a tag whose image was deleted beneath it is taken, and says nothing of itself")
  func imageGoneBeneathItsTag() async throws {
    let index = """
      {"schemaVersion":2,"manifests":[\
      {"digest":"\(Self.manifestDigest)","platform":{"os":"linux","architecture":"amd64"}}]}
      """
    let server = try ScriptedServer { request in
      request.target == "/v2/acme/backend/manifests/1"
        ? .response(
          200, [("Content-Type", "application/vnd.oci.image.index.v1+json")], text: index)
        : .response(404)
    }
    defer { server.stop() }
    let image = try await client(server).image(tag("1"), in: repository(server))
    #expect(image?.labels == [:])
  }

  @Test("a configuration that is not the one that was named is refused")
  func corruptConfiguration() async throws {
    let server = try ScriptedServer { request in
      request.target.contains("/blobs/")
        ? .response(200, text: #"{"config":{"Labels":{"a":"forged"}}}"#) : Self.manifestAnswer()
    }
    defer { server.stop() }
    let client = client(server)
    let repository = try repository(server)
    let error = try await registryError { _ = try await client.image(tag("1"), in: repository) }
    #expect(error.code == .digestMismatch)
  }

  // MARK: Access

  @Test("a token is fetched for the scope, kept, and renewed before it runs out")
  func tokens() async throws {
    let server = try ScriptedServer { request in
      if request.target.hasPrefix("/token") {
        return .response(200, text: #"{"token":"t\#(request.target.count)","expires_in":100}"#)
      }
      guard request.headers["authorization"]?.hasPrefix("Bearer t") == true else {
        let host = request.headers["host"] ?? ""
        return .response(
          401,
          [
            (
              "WWW-Authenticate",
              "Bearer realm=\"http://\(host)/token\",service=\"a b\","
                + "scope=\"repository:acme/backend:pull,push\""
            )
          ])
      }
      return .response(200, [("Docker-Content-Digest", Self.manifestDigest)])
    }
    defer { server.stop() }
    let client = client(server, username: "bot")
    let repository = try repository(server)
    func targets() -> [String] { server.requests.map(\.target) }
    let token = "/token?service=a%20b&scope=repository:acme/backend:pull%2Cpush"
    let manifest = "/v2/acme/backend/manifests/1"

    _ = try await client.digest(of: tag("1"), in: repository)
    #expect(targets() == [manifest, token, manifest])
    // base64 of `bot:hunter2`.
    #expect(server.requests[1].headers["authorization"] == "Basic Ym90Omh1bnRlcjI=")

    clock.advance(by: .seconds(79))
    _ = try await client.digest(of: tag("1"), in: repository)
    #expect(targets() == [manifest, token, manifest, manifest])

    clock.advance(by: .seconds(1))
    _ = try await client.digest(of: tag("1"), in: repository)
    #expect(targets().suffix(3) == [manifest, token, manifest])
  }

  @Test("to delete a token for that is asked for, and kept beside the one that publishes")
  func deletion() async throws {
    let server = try ScriptedServer { request in
      if request.target.hasPrefix("/token") {
        let mayDelete = request.target.contains("delete")
        return .response(200, text: #"{"token":"\#(mayDelete ? "deletes" : "publishes")"}"#)
      }
      let action = request.method == "DELETE" ? "delete" : "pull"
      let needed = request.method == "DELETE" ? "Bearer deletes" : "Bearer publishes"
      guard request.headers["authorization"] == needed else {
        let host = request.headers["host"] ?? ""
        return .response(
          401,
          [
            (
              "WWW-Authenticate",
              "Bearer realm=\"http://\(host)/token\",scope=\"repository:acme/backend:\(action)\""
            )
          ])
      }
      return .response(
        request.method == "DELETE" ? 202 : 200,
        [("Docker-Content-Digest", Self.manifestDigest)])
    }
    defer { server.stop() }
    let client = client(server, username: "bot")
    let repository = try repository(server)
    let digest = try #require(ImageDigest(Self.manifestDigest))
    for _ in 1...2 {
      #expect(try await client.digest(of: tag("1"), in: repository) == digest)
      #expect(try await client.remove(digest, in: repository))
    }
    #expect(
      server.requests.map(\.target).filter { $0.hasPrefix("/token") } == [
        "/token?scope=repository:acme/backend:pull%2Cpush",
        "/token?scope=repository:acme/backend:pull%2Cpush%2Cdelete",
      ])
  }

  @Test("without credentials an anonymous token to pull is asked for; access_token will do")
  func anonymous() async throws {
    let server = try ScriptedServer { request in
      if request.target.hasPrefix("/token") {
        return .response(200, text: #"{"access_token":"t"}"#)
      }
      guard request.headers["authorization"] == "Bearer t" else {
        let host = request.headers["host"] ?? ""
        return .response(
          401,
          [
            (
              "WWW-Authenticate",
              "Bearer realm=\"http://\(host)/token\",scope=\"repository:user/image:pull\""
            )
          ])
      }
      return .response(404)
    }
    defer { server.stop() }
    #expect(try await client(server).digest(of: tag("1"), in: repository(server)) == nil)
    let token = try #require(server.requests.first { $0.target.hasPrefix("/token") })
    #expect(token.target == "/token?scope=repository:acme/backend:pull")
    #expect(token.headers["authorization"] == nil)
  }

  @Test("R13: a refusal names host and repository, gives up, and quotes no secret")
  func refused() async throws {
    for status in [401, 403] {
      let server = try ScriptedServer { request in
        let echo = request.headers["authorization"] ?? "-"
        return .response(
          status, [("WWW-Authenticate", "Basic realm=\"r\"")],
          text: #"{"errors":[{"code":"DENIED","message":"\#(echo)"}]}"#)
      }
      defer { server.stop() }
      let client = client(server, username: "bot")
      let repository = try repository(server)
      let error = try await registryError { _ = try await client.image(tag("1"), in: repository) }
      #expect(error.code == .registryRefused)
      #expect(error.disposition == .giveUp)
      #expect(
        error.message == "\(server.host)/acme/backend: the registry refuses access: it answered "
          + "\(status) DENIED for the manifest; check what `registries` has for \(server.host)")
      #expect(server.requests.count == (status == 401 ? 2 : 1))
    }
  }

  @Test("an identity token is exchanged for an access token by POST, and goes nowhere else")
  func identityToken() async throws {
    let server = try ScriptedServer { request in
      if request.target == "/token" {
        return .response(200, text: #"{"access_token":"t0k"}"#)
      }
      if request.headers["authorization"] == "Bearer t0k" {
        return .response(200, [("Docker-Content-Digest", Self.manifestDigest)])
      }
      let realm = "http://\(request.headers["host"] ?? "")/token"
      return .response(
        401, [("WWW-Authenticate", "Bearer realm=\"\(realm)\",service=\"r/a\"")])
    }
    defer { server.stop() }
    let file = #"{"auths":{"\#(server.host)":{"auth":"","identitytoken":"r3fresh+="}}}"#
    let client = RegistryClient(
      client: HTTPClient(),
      accounts: RegistryAccounts(
        [server.host: .init(insecure: true)],
        docker: try DockerCredentials(parsing: Array(file.utf8))),
      clock: clock, deadline: .seconds(10))
    let digest = try await client.digest(of: tag("1"), in: repository(server))
    #expect(digest?.text == Self.manifestDigest)
    let token = try #require(server.requests.first { $0.target == "/token" })
    #expect(token.method == "POST")
    #expect(token.headers["content-type"] == "application/x-www-form-urlencoded")
    #expect(token.headers["authorization"] == nil)
    #expect(
      String(decoding: token.body, as: UTF8.self)
        == "grant_type=refresh_token&client_id=slipway&service=r%2Fa"
        + "&scope=repository%3Aacme%2Fbackend%3Apull%2Cpush&refresh_token=r3fresh%2B%3D")
  }

  @Test(
    "R13: a password goes to no token service in the clear, or elsewhere than over http",
    arguments: ["ftp://127.0.0.1/", "/token", ""])
  func realms(realm: String) async throws {
    let server = try ScriptedServer { _ in
      .response(401, [("WWW-Authenticate", "Bearer realm=\"\(realm)\"")])
    }
    defer { server.stop() }
    let client = client(server, username: "bot")
    let repository = try repository(server)
    let error = try await registryError {
      _ = try await client.digest(of: tag("1"), in: repository)
    }
    #expect(error.code == .registryRefused)
    #expect(server.requests.count == 1)
  }

  // MARK: Trouble

  @Test(
    "what may pass is to be tried again, when the registry says so",
    arguments: [
      (429, "7", Duration.seconds(7)), (503, "999999999", .seconds(3600)),
      (500, "+5", nil), (502, "", nil), (504, "Fri, 31 Dec 1999 23:59:59 GMT", nil),
    ] as [(Int, String, Duration?)])
  func transient(status: Int, retryAfter: String, wait: Duration?) async throws {
    let server = try ScriptedServer { _ in .response(status, [("Retry-After", retryAfter)]) }
    defer { server.stop() }
    let client = client(server)
    let repository = try repository(server)
    let error = try await registryError {
      _ = try await client.digest(of: tag("1"), in: repository)
    }
    #expect(error.code == .registryUnavailable)
    #expect(error.disposition == .retry(after: wait))
  }

  @Test func aConnectionThatBreaksIsToBeTriedAgain() async throws {
    let server = try ScriptedServer { _ in .hangUp }
    defer { server.stop() }
    let client = client(server)
    let repository = try repository(server)
    let error = try await registryError {
      _ = try await client.digest(of: tag("1"), in: repository)
    }
    #expect(error.code == .registryUnavailable)
    #expect(error.disposition == .retry(after: nil))
    #expect(error.message.contains(server.host))
  }

  @Test(
    "hosts in references, and where they are",
    arguments: [
      ("nginx", false, "https://registry-1.docker.io/v2/library/nginx/manifests/1"),
      ("acme/shop", false, "https://registry-1.docker.io/v2/acme/shop/manifests/1"),
      ("ghcr.io/acme/shop/api", false, "https://ghcr.io/v2/acme/shop/api/manifests/1"),
      ("localhost:5000/api", true, "http://localhost:5000/v2/api/manifests/1"),
    ])
  func hosts(reference: String, insecure: Bool, url: String) throws {
    let repository = try #require(ImageRepository(reference))
    #expect(RegistryEndpoint(repository, isInsecure: insecure).manifest("1") == url)
  }

  @Test("a redirect never leads from TLS to plain HTTP, and only https or paths are followed")
  func redirects() throws {
    let repository = try #require(ImageRepository("ghcr.io/acme/api"))
    let endpoint = RegistryEndpoint(repository, isInsecure: false)
    #expect(endpoint.resolve("/v2/x") == "https://ghcr.io/v2/x")
    #expect(endpoint.resolve("https://cdn.example/x") == "https://cdn.example/x")
    #expect(endpoint.resolve("http://ghcr.io/x") == nil)
    #expect(endpoint.resolve("//cdn.example/x") == nil)
    #expect(endpoint.resolve("file:///etc/passwd") == nil)
    #expect(endpoint.owns("https://ghcr.io/v2/x"))
    #expect(!endpoint.owns("https://ghcr.io.evil.example/v2/x"))
    #expect(!endpoint.owns("https://cdn.example/x"))
  }
}

/// The error that `body` ends with.
func registryError(_ body: () async throws -> Void) async throws -> RegistryError {
  let error = await #expect(throws: RegistryError.self) { try await body() }
  return try #require(error)
}
