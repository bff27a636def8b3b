import DeployModel
import TestKit
import Testing

@testable import slipway

@Suite("Configuration: secrets")
struct SecretTests {
  @Test(
    "a line end at the end is dropped, and nothing else",
    arguments: [
      ("key-0123456789abcdef", "key-0123456789abcdef"),
      ("key-0123456789abcdef\n", "key-0123456789abcdef"),
      ("key-0123456789abcdef\r\n", "key-0123456789abcdef"),
      ("key-0123456789abcdef\n\n", "key-0123456789abcdef\n"),
      (" key-0123456789abcdef ", " key-0123456789abcdef "),
    ])
  func lineEnd(_ content: String, _ secret: String) throws {
    let example = try ConfigurationCase(yaml())
    try example.directory.write(content, to: "webhook.secret")
    let repository = try #require(try example.load().repositories.values.first)
    #expect(repository.webhookSecrets.map(\.exposed) == [secret])
  }

  @Test("R13: a secret shows itself nowhere by accident")
  func redacted() throws {
    let secret = Secret(exposing: "hunter2")
    #expect("\(secret)" == "<secret>")
    #expect(String(reflecting: secret) == "<secret>")
    #expect("\([secret])" == "[<secret>]")
    var dumped = ""
    dump(secret, to: &dumped)
    #expect(!dumped.contains("hunter2"))
    let configuration = try ConfigurationCase(yaml()).load()
    #expect(!"\(configuration)".contains("enough-length"))
    dumped = ""
    dump(configuration, to: &dumped)
    #expect(!dumped.contains("enough-length"))
  }

  @Test("R13: a secret that stands in the file is refused, and not repeated")
  func inline() throws {
    let errors = try ConfigurationCase(
      yaml().replacing("[ { file: webhook.secret } ]", with: "[ hunter2 ]")
    ).errors()
    #expect(
      errors == [
        "5:23: `repositories.shop.webhookSecrets[0]` must be {file: path} or {env: NAME}: a secret "
          + "never stands in this file"
      ])
  }

  private static let keys = [
    #""-----BEGIN PRIVATE KEY-----\nhunter2\n""#, "-----BEGIN PRIVATE KEY----- hunter2",
  ]

  /// Keys where their file or variable belongs.
  static let pasted: [String] = keys.flatMap { key in
    [
      yaml().replacing("{ file: webhook.secret }", with: "{ file: \(key) }"),
      yaml().replacing("{ file: webhook.secret }", with: "{ env: \(key) }"),
      yaml(repository: "credentials: { githubApp: { privateKey: \(key) } }"),
      yaml(repository: "credentials: { ssh: { privateKey: \(key), knownHosts: \(key) } }"),
      yaml(repository: "signing: { format: ssh, key: { file: \(key) } }"),
      yaml(top: "server: { tls: { certificate: \(key), privateKey: \(key) } }"),
      yaml(top: "kubernetes: { kubeconfig: \(key) }"),
      yaml(top: "cosign: { key: \(key), verify: { key: \(key) } }"),
      yaml(top: "builder: { kind: docker, tls: { ca: \(key), privateKey: \(key) } }"),
    ]
  }

  static let sections: [String] = [
    #"kubernetes: { kubeconfig: "apiVersion: v1\ntoken: hunter2\n" }"#,
    "server: { publicURL: 'https://admin:hunter2@slipway.example.com' }",
    "server: { publicURL: 'https://hunter2@slipway.example.com' }",
    "argocd: { url: 'https://admin:hunter2@argocd.example.com', token: { file: api.token } }",
    "argocd: { url: 'admin:hunter2@argocd.example.com', token: { file: api.token } }",
    "argocd: { url: 'https://argocd.example.com', token: { env: hunter2-token } }",
    "builder: { kind: docker, host: 'tcp://admin:hunter2@builder.example.com:2376' }",
    "cosign: { key: 'pkcs11:token=slipway?pin-value=hunter2' }",
    "cosign: { arguments: [ '--registry-password hunter2' ] }",
    "state: { postgres: { url: { file: 'postgres://slipway:hunter2@db/slipway' } } }",
    "notifications: [ { url: { file: 'https://hooks.example.com/hunter2' } } ]",
  ]

  static let remotes: [String] = [
    "https://admin:hunter2@github.com/acme/shop.git", "https://hunter2@github.com/acme/shop.git",
    "ftp://admin:hunter2@github.com/acme/shop.git", "admin:hunter2@github.com:acme/shop.git",
  ]

  @Test(
    "R13: a secret in a place for something else is refused, and not repeated",
    arguments: pasted + sections.map { yaml(top: $0) }
      + remotes.map { yaml().replacing("https://github.com/acme/shop.git", with: $0) }
      + [yaml().replacing("image: ghcr.io", with: "image: admin:hunter2@ghcr.io")])
  func misplaced(_ text: String) throws {
    let errors = try ConfigurationCase(text).errors()
    #expect(!errors.isEmpty)
    #expect(!errors.contains { $0.contains("hunter2") }, "\(errors)")
  }

  @Test(
    "errors name the file or the variable",
    arguments: [
      ("{ file: nowhere }", "cannot be read: no such file or directory"),
      ("{ file: . }", "cannot be read: it is a directory"),
      (
        "{ file: /dev/zero }",
        "the secret's file /dev/zero cannot be read: it is not a regular file"
      ),
      ("{ file: empty }", "is empty: put the secret into it"),
      ("{ env: NOWHERE }", "the environment variable NOWHERE is not set"),
      ("{ env: EMPTY }", "the environment variable EMPTY is empty"),
      ("{ env: NOT-A-NAME }", "must be the name of an environment variable"),
      ("{ file: a, env: B }", "has both file and env: keep one"),
      ("{}", "must be {file: path} or {env: NAME}"),
      ("{ fle: a }", "`fle` is not a key"),
    ])
  func unreadable(_ source: String, _ sentence: String) throws {
    let example = try ConfigurationCase(yaml().replacing("{ file: webhook.secret }", with: source))
    try example.directory.write("\n", to: "empty")
    let errors = example.errors(environment: ["EMPTY": ""])
    #expect(errors.contains { $0.hasPrefix("5:") && $0.contains(sentence) }, "\(errors)")
  }

  @Test("two tokens with one value cannot be told apart")
  func sameToken() throws {
    let errors = try ConfigurationCase(
      yaml().replacing(
        "tokens: [", with: "tokens: [ { name: ci, role: read, token: { file: api.token } },")
    ).errors()
    #expect(
      errors == [
        "1:114: `auth.tokens[1].token` has the same value as `auth.tokens[0].token`: make one for "
          + "each"
      ])
  }

  @Test("short secrets are warned about")
  func short() throws {
    let example = try ConfigurationCase(yaml())
    try example.directory.write("short", to: "webhook.secret")
    #expect(
      try example.remarks() == [
        "5:31: warning: a webhook secret of `repositories.shop` is shorter than 16 characters: "
          + "make one with `openssl rand -hex 32`"
      ])
  }
}
