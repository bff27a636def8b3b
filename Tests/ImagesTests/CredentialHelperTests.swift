import DeployModel
import Foundation
import TestKit
import Testing

@testable import Images

/// Programs of the protocol of github.com/docker/docker-credential-helpers.
@Suite struct CredentialHelperTests {
  /// A file of `json`, and `docker-credential-acme` and what else there is.
  private struct Bench {
    let directory: TemporaryDirectory
    let accounts: RegistryAccounts

    init(_ json: String, _ programs: [String: String]) throws {
      directory = try TemporaryDirectory("helpers")
      for (name, body) in programs {
        let path = try directory.write("#!/bin/sh\n\(body)\n", to: "docker-credential-\(name)")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
      }
      accounts = RegistryAccounts(
        docker: try DockerCredentials(parsing: Array(json.utf8)),
        helperEnvironment: [
          "PATH": "\(directory.path):/usr/bin:/bin", "ASKED": directory.appending("asked"),
        ])
    }

    func credentials(_ image: String) async throws -> RegistryCredentials? {
      let repository = try #require(ImageRepository(image))
      return try await accounts.credentials(host: repository.registry, path: repository.path)
    }

    func asked() throws -> String {
      try String(contentsOfFile: directory.appending("asked"), encoding: .utf8)
    }
  }

  private static let answering = #"""
    printf '%s ' "$1" >> "$ASKED"; cat >> "$ASKED"; echo >> "$ASKED"
    echo '{"ServerURL":"x","Username":"AWS","Secret":"s3cret"}'
    """#

  @Test("the registry's helper is asked for its key, by standard input, before any entry")
  func helper() async throws {
    let bench = try Bench(
      #"""
      {"auths":{"1.dkr.ecr.eu-west-1.amazonaws.com":{"auth":"Ym90OnMzY3JldA=="}},
       "credHelpers":{"1.dkr.ecr.eu-west-1.amazonaws.com":"acme"}}
      """#, ["acme": Self.answering])
    let found = try await bench.credentials("1.dkr.ecr.eu-west-1.amazonaws.com/api")
    #expect(found == RegistryCredentials(username: "AWS", password: "s3cret"))
    #expect(try bench.asked() == "get 1.dkr.ecr.eu-west-1.amazonaws.com\n")
    #expect(try await bench.credentials("ghcr.io/acme/api") == nil)
  }

  @Test("the store is asked for what has no value in the file, for the Hub by its address")
  func store() async throws {
    let bench = try Bench(
      #"{"auths":{"ghcr.io":{},"quay.io":{"auth":"Ym90OnMzY3JldA=="}},"credsStore":"acme"}"#,
      ["acme": Self.answering])
    #expect(try await bench.credentials("ghcr.io/acme/api")?.username == "AWS")
    #expect(try await bench.credentials("quay.io/acme/api")?.username == "bot")
    #expect(try await bench.credentials("acme/api")?.username == "AWS")
    #expect(try bench.asked() == "get ghcr.io\nget https://index.docker.io/v1/\n")
  }

  @Test("`<token>` for a name says that the secret is an identity token")
  func identityToken() async throws {
    let bench = try Bench(
      #"{"credsStore":"acme"}"#,
      ["acme": #"echo '{"ServerURL":"x","Username":"<token>","Secret":"tok"}'"#])
    #expect(
      try await bench.credentials("ghcr.io/acme/api") == RegistryCredentials(identityToken: "tok"))
  }

  @Test("a helper that knows nothing of the registry means: without credentials")
  func nothing() async throws {
    let bench = try Bench(
      #"{"credsStore":"acme"}"#,
      ["acme": "echo 'credentials not found in native keychain'; exit 1"])
    #expect(try await bench.credentials("ghcr.io/acme/api") == nil)
  }

  struct Failure: Sendable, CustomTestStringConvertible {
    var body: String?
    var fault: CredentialFault
    var testDescription: String { body ?? "not installed" }
  }

  static let failures = [
    Failure(
      body: nil,
      fault: CredentialFault(
        message: "docker-credential-acme is not installed or not on the PATH", mayPass: false)),
    Failure(
      body: "echo 'session expired: sign in'; exit 1",
      fault: CredentialFault(
        message: "docker-credential-acme failed: session expired: sign in", mayPass: true)),
    Failure(
      body: "echo 'no key ring' >&2; exit 2",
      fault: CredentialFault(message: "docker-credential-acme failed: no key ring", mayPass: true)),
    Failure(
      body: #"echo '{"Username":"a","Secret":"s3cret"}'; exit 1"#,
      fault: CredentialFault(message: "docker-credential-acme failed", mayPass: true)),
    Failure(
      body: "echo s3cret",
      fault: CredentialFault(
        message: "docker-credential-acme answered no credentials", mayPass: true)),
  ]

  @Test(
    "R13: a helper that fails is named with its own words, never with an answer",
    arguments: failures)
  func faults(_ failure: Failure) async throws {
    let bench = try Bench(
      #"{"credsStore":"acme"}"#, failure.body.map { ["acme": $0] } ?? [:])
    let fault = await #expect(throws: CredentialFault.self) {
      _ = try await bench.credentials("ghcr.io/acme/api")
    }
    #expect(fault == failure.fault)
  }

  @Test("only the image's own registry must be signed in to; the log is told of the others")
  func others() async throws {
    let bench = try Bench(
      #"{"auths":{"ghcr.io":{}},"credsStore":"acme","credHelpers":{"quay.io":"gone"}}"#,
      ["acme": Self.answering])
    let known = try await bench.accounts.known(
      for: try #require(ImageRepository("ghcr.io/acme/api")))
    #expect(known.byHost.mapValues(\.username) == [RegistryScope(host: "ghcr.io"): "AWS"])
    #expect(
      known.complaints == [
        "no credentials for quay.io: docker-credential-gone is not installed or not on the PATH"
      ])
    let fault = await #expect(throws: CredentialFault.self) {
      _ = try await bench.accounts.known(for: try #require(ImageRepository("quay.io/acme/api")))
    }
    #expect(fault?.mayPass == false)
  }
}
