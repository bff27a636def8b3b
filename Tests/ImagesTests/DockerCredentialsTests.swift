import DeployModel
import Foundation
import TestKit
import Testing

@testable import Images

/// Files as `docker login`, `podman login`, `kubectl create secret docker-registry` and cloud set-up
/// guides leave them. `Ym90OnMzY3JldA==` is `bot:s3cret`.
@Suite struct DockerCredentialsTests {
  private func read(_ text: String) throws(DockerCredentials.Fault) -> DockerCredentials {
    try DockerCredentials(parsing: Array(text.utf8))
  }

  private func found(_ text: String, for image: String) async throws -> String? {
    let repository = try #require(ImageRepository(image))
    let accounts = RegistryAccounts(docker: try read(text))
    let credentials = try await accounts.credentials(
      host: repository.registry, path: repository.path)
    switch credentials?.secret {
    case nil: return nil
    case .password(let password): return "\(credentials?.username ?? ""):\(password)"
    case .identityToken(let token): return "token:\(token)"
    }
  }

  struct Match: Sendable, CustomTestStringConvertible {
    var key: String
    var image: String
    var isFound: Bool
    var testDescription: String { "\(key) for \(image)" }
  }

  static let matches = [
    Match(key: "ghcr.io", image: "ghcr.io/acme/api", isFound: true),
    Match(key: "GHCR.io", image: "ghcr.io/acme/api", isFound: true),
    Match(key: "https://ghcr.io", image: "ghcr.io/acme/api", isFound: true),
    Match(key: "https://ghcr.io/v2/", image: "ghcr.io/acme/api", isFound: true),
    Match(key: "http://ghcr.io/anything", image: "ghcr.io/acme/api", isFound: true),
    Match(key: "ghcr.io/v1/", image: "ghcr.io/acme/api", isFound: true),
    Match(key: "ghcr.io/acme", image: "ghcr.io/acme/api", isFound: true),
    Match(key: "ghcr.io/acme/api", image: "ghcr.io/acme/api", isFound: true),
    Match(key: "ghcr.io/acme/ap", image: "ghcr.io/acme/api", isFound: false),
    Match(key: "ghcr.io/other", image: "ghcr.io/acme/api", isFound: false),
    Match(key: "ghcr.io:443", image: "ghcr.io/acme/api", isFound: false),
    Match(key: "xghcr.io", image: "ghcr.io/acme/api", isFound: false),
    Match(key: "localhost:5000", image: "localhost:5000/api", isFound: true),
    Match(key: "localhost", image: "localhost:5000/api", isFound: false),
    Match(key: "https://index.docker.io/v1/", image: "acme/api", isFound: true),
    Match(key: "index.docker.io", image: "docker.io/acme/api", isFound: true),
    Match(key: "docker.io", image: "acme/api", isFound: true),
    Match(key: "registry-1.docker.io", image: "acme/api", isFound: true),
    Match(key: "docker.io/library", image: "busybox", isFound: true),
    Match(key: "ghcr.io", image: "acme/api", isFound: false),
  ]

  @Test("a key is for an image as Docker, podman and Kubernetes match them", arguments: matches)
  func matching(_ match: Match) async throws {
    let file = #"{"auths":{"\#(match.key)":{"auth":"Ym90OnMzY3JldA=="}}}"#
    #expect(try await found(file, for: match.image) == (match.isFound ? "bot:s3cret" : nil))
  }

  @Test("the narrowest key counts, and of two spellings the exact one")
  func narrowest() async throws {
    let file = #"""
      {"auths":{
        "ghcr.io": {"auth":"aG9zdDox"},
        "https://ghcr.io": {"auth":"dXJsOjE="},
        "ghcr.io/acme": {"auth":"bmFtZXNwYWNlOjE="},
        "ghcr.io/acme/api": {"auth":"cmVwbzox"}}}
      """#
    #expect(try await found(file, for: "ghcr.io/acme/api") == "repo:1")
    #expect(try await found(file, for: "ghcr.io/acme/web") == "namespace:1")
    #expect(try await found(file, for: "ghcr.io/else/web") == "host:1")
  }

  struct Value: Sendable, CustomTestStringConvertible {
    var entry: String
    var credentials: String?
    var testDescription: String { entry }
  }

  static let values = [
    Value(entry: #"{"auth":"Ym90OnMzY3JldA=="}"#, credentials: "bot:s3cret"),
    Value(entry: #"{"auth":"Ym90OnMzY3JldA"}"#, credentials: "bot:s3cret"),
    Value(entry: #"{"auth":"Ym90OmE6Yg=="}"#, credentials: "bot:a:b"),
    Value(entry: #"{"auth":"Ym90Og=="}"#, credentials: "bot:"),
    Value(entry: #"{"auth":"Ym90OnMzY3JldAAA"}"#, credentials: "bot:s3cret"),
    Value(entry: #"{"username":"bot","password":"p w","email":"a@b"}"#, credentials: "bot:p w"),
    Value(
      entry: #"{"username":"x","password":"y","auth":"Ym90OnMzY3JldA=="}"#,
      credentials: "bot:s3cret"),
    Value(entry: #"{"auth":"Ym90Og==","identitytoken":"tok"}"#, credentials: "token:tok"),
    Value(entry: "{}", credentials: nil),
  ]

  @Test("an entry is read as it was written by whichever program", arguments: values)
  func entries(_ value: Value) async throws {
    let file = #"{"HttpHeaders":{"A":"b"},"auths":{"ghcr.io":\#(value.entry)}}"#
    #expect(try await found(file, for: "ghcr.io/acme/api") == value.credentials)
  }

  struct Bad: Sendable, CustomTestStringConvertible {
    var text: String
    var sentence: String
    var testDescription: String { text }
  }

  static let bad = [
    Bad(text: "", sentence: "is not JSON"),
    Bad(text: #"{"auths":{"ghcr.io":{"auth":"hunter2""#, sentence: "is not JSON"),
    Bad(text: "[]", sentence: "is no JSON object: it is no config.json of Docker"),
    Bad(
      text: "{}",
      sentence: "has none of auths, credHelpers and credsStore: it is no config.json of Docker"),
    Bad(
      text: #"{"apiVersion":"v1","kind":"Secret","data":{}}"#,
      sentence: "has none of auths, credHelpers and credsStore: it is no config.json of Docker"),
    Bad(text: #"{"auths":["hunter2"]}"#, sentence: "must have an object at `auths`"),
    Bad(
      text: #"{"auths":{"ghcr.io":"hunter2"}}"#, sentence: "must have an object at `auths.ghcr.io`"),
    Bad(
      text: #"{"auths":{"ghcr.io":{"auth":7}}}"#,
      sentence: "must have text at `auths.ghcr.io.auth`"),
    Bad(
      text: #"{"auths":{"ghcr.io":{"auth":"hunter2!"}}}"#,
      sentence: "has an `auth` for `ghcr.io` that is not base64 of `user:password`"),
    Bad(
      text: #"{"auths":{"ghcr.io":{"auth":"aHVudGVyMg=="}}}"#,
      sentence: "has an `auth` for `ghcr.io` that is not base64 of `user:password`"),
    Bad(
      text: #"{"auths":{"https://":{}}}"#,
      sentence: "has the key `https://` in auths, which names no registry"),
    Bad(
      text: #"{"credsStore":"../../bin/sh"}"#,
      sentence: "names a credential helper `../../bin/sh`, which is no program's name"),
    Bad(
      text: #"{"credHelpers":{"ghcr.io":""}}"#,
      sentence: "names a credential helper ``, which is no program's name"),
  ]

  @Test("R13: a bad file is refused with what is wrong in it, and no value", arguments: bad)
  func faults(_ bad: Bad) throws {
    let fault = #expect(throws: DockerCredentials.Fault.self) { try read(bad.text) }
    #expect(fault?.sentence == bad.sentence)
  }

  @Test("what cannot be used is said")
  func remarks() throws {
    let file = try read(
      #"{"auths":{"*.acme.io":{"auth":"Ym90OnMzY3JldA=="},"a.io":{"registrytoken":"hunter2"}}}"#)
    #expect(
      file.remarks == [
        "has only a `registrytoken` for `a.io`, which builders cannot use",
        "has the pattern `*.acme.io` in auths: write each registry's name",
      ])
  }

  @Test("R13: nothing that prints credentials shows a secret")
  func printing() throws {
    let file = try read(
      #"{"auths":{"a.io":{"auth":"Ym90OnMzY3JldA=="},"b.io":{"identitytoken":"s3cret"}}}"#)
    var dumped = ""
    dump(file, to: &dumped)
    for text in [dumped, "\(file)", String(reflecting: file)] {
      #expect(!text.contains("s3cret"), "\(text)")
      #expect(text.contains("a.io"))
    }
  }

  @Test("credentials that stand in the configuration go before those of the file")
  func order() async throws {
    let file = try read(
      #"{"auths":{"ghcr.io/acme":{"auth":"Ym90OnMzY3JldA=="}},"credHelpers":{"ghcr.io":"none"}}"#)
    let own = RegistryCredentials(username: "own", password: "1")
    let accounts = RegistryAccounts(["ghcr.io": .init(credentials: own)], docker: file)
    let repository = try #require(ImageRepository("ghcr.io/acme/api"))
    #expect(try await accounts.credentials(host: "ghcr.io", path: "acme/api") == own)
    let known = try await accounts.known(for: repository)
    #expect(known.byScope == [RegistryScope(host: "ghcr.io"): own])
    #expect(known.byHost == [RegistryScope(host: "ghcr.io"): own])
    #expect(known.complaints == [])
  }

  @Test("docker and buildctl, which know registries alone, get what fits the image best")
  func byHost() async throws {
    let accounts = RegistryAccounts(
      docker: try read(
        #"""
        {"auths":{"ghcr.io":{"auth":"aG9zdDox"},"ghcr.io/acme":{"auth":"bmFtZXNwYWNlOjE="},
          "quay.io/acme":{"auth":"cmVwbzox"},"docker.io":{"auth":"aHViOjE="}}}
        """#))
    let known = try await accounts.known(for: try #require(ImageRepository("ghcr.io/acme/api")))
    #expect(
      known.byHost.mapValues(\.username)
        == [
          RegistryScope(host: "ghcr.io"): "namespace", RegistryScope(host: "docker.io"): "hub",
        ])
    #expect(
      known.byScope.map { "\($0.key) \($0.value.username)" }.sorted()
        == ["docker.io hub", "ghcr.io host", "ghcr.io/acme namespace", "quay.io/acme repo"])
  }
}
