import DeployModel
import Foundation
import Images
import Logging
import TestKit
import Testing

/// Against a real registry, with a stand-in for cosign whose signatures openssl checks.
@Suite(
  .serialized, .enabled(if: RegistryFixture.isInstalled, "needs docker-registry"))
struct CosignSignerTests {
  private static let digest = "sha256:" + String(repeating: "5a", count: 32)
  /// What cosign 3 needs to write what cosign 2 wrote, and nothing into a public log.
  private static let privately = [
    "--new-bundle-format=false", "--use-signing-config=false", "--tlog-upload=false",
  ]

  private let directory: TemporaryDirectory
  private let cosign: CosignFixture
  private let log = LogCollector()

  init() async throws {
    directory = try TemporaryDirectory("signer")
    cosign = try await CosignFixture.make()
  }

  private func signer(
    program: String = CosignFixture.program, key: CosignSettings.Key? = nil,
    arguments: [String] = privately, verifiedBy publicKey: String? = nil,
    accounts: RegistryAccounts = RegistryAccounts()
  ) -> CosignSigner {
    CosignSigner(
      CosignSettings(
        program: program,
        key: key ?? .pair(cosign.key, password: CosignFixture.password), arguments: arguments,
        verification: publicKey.map {
          .init(key: $0, arguments: ["--insecure-ignore-tlog=true"])
        }, accounts: accounts, environment: ["PATH": "/usr/bin:/bin"],
        stateDirectory: directory.appending("state"), instance: directory.path),
      logger: Logger(label: "test"))
  }

  private func image(at host: String) throws -> PublishedImage {
    PublishedImage(
      repository: try #require(ImageRepository("\(host)/acme/backend")), tag: try tag("abc1234"),
      digest: try #require(ImageDigest(Self.digest)), tags: [])
  }

  private func sign(
    _ signer: CosignSigner, at host: String, isNew: Bool = true
  ) async throws -> ImageSignature {
    try await signer.sign(try image(at: host), isNew: isNew) { [log] in await log.append($0) }
  }

  private func failure(_ signer: CosignSigner, at host: String) async throws -> RegistryError {
    do {
      _ = try await sign(signer, at: host)
    } catch let error as RegistryError {
      return error
    }
    throw ShellFailure("it was signed")
  }

  @Test("the registry has a signature of the digest, made with the key, and again is harmless")
  func made() async throws {
    try await RegistryFixture.with { registry in
      let recorder = try cosign.recorder()
      let signer = signer(
        program: recorder.program, arguments: Self.privately + ["--annotations=team=web"])
      #expect(try await sign(signer, at: registry.host) == .made)
      #expect(try await sign(signer, at: registry.host, isNew: false) == .made)
      let payloads = try await cosign.payloads(
        of: Self.digest, in: "\(registry.host)/acme/backend")
      #expect(payloads.map(\.digest) == [Self.digest])
      #expect(payloads.map(\.reference) == ["\(registry.host)/acme/backend"])
      #expect(payloads.first?.optional == ["team": "web"])
      #expect(await log.text.contains("Pushing signature to: \(registry.host)/acme/backend"))

      let arguments = try recorder.arguments()
      #expect(
        arguments.prefix(3) == ["sign", "--yes", "--key=env://SLIPWAY_COSIGN_KEY"], "\(arguments)")
      #expect(arguments.last == "\(registry.host)/acme/backend@\(Self.digest)")
      let left = try FileManager.default.contentsOfDirectory(
        atPath: directory.appending("state/tmp"))
      #expect(left.isEmpty, "R13: nothing of a call outlives it")
    }
  }

  @Test("R13: a registry that asks is signed in to as builders do, and no secret is in an argument")
  func guarded() async throws {
    try await RegistryFixture.with(protected: true) { registry in
      let recorder = try cosign.recorder()
      let credentials = RegistryCredentials(
        username: RegistryFixture.username, password: RegistryFixture.password)
      let signer = signer(
        program: recorder.program,
        accounts: RegistryAccounts([
          registry.host: .init(credentials: credentials, insecure: true)
        ]))
      #expect(try await sign(signer, at: registry.host) == .made)
      let payloads = try await cosign.payloads(
        of: Self.digest, in: "\(registry.host)/acme/backend",
        user: "\(RegistryFixture.username):\(RegistryFixture.password)")
      #expect(payloads.map(\.digest) == [Self.digest])
      let arguments = try recorder.arguments()
      #expect(arguments.contains("--allow-http-registry"))
      for secret in [RegistryFixture.password, CosignFixture.password, "PRIVATE KEY"] {
        #expect(!arguments.contains { $0.contains(secret) })
        #expect(!(await log.text.contains(secret)))
      }
      let nobody = try await failure(
        self.signer(accounts: RegistryAccounts([registry.host: .init(insecure: true)])),
        at: registry.host)
      #expect(nobody.code == .signingFailed)
      #expect(nobody.message.contains("401 Unauthorized"), "\(nobody)")
    }
  }

  @Test("what is signed already, and verifies, is not signed again; what another key signed is")
  func verified() async throws {
    try await RegistryFixture.with { registry in
      let image = try image(at: registry.host)
      let ours = signer(verifiedBy: cosign.publicKeyFile)
      do throws(RegistryError) {
        try await ours.verify(image)
        Issue.record("nothing was signed yet")
      } catch {
        #expect(error.code == .signatureMissing)
        #expect(error.disposition == .giveUp)
        #expect(error.message.hasSuffix("no signatures found"), "\(error)")
      }
      let strangers = try await CosignFixture.make()
      let stranger = signer(key: .pair(strangers.key, password: CosignFixture.password))
      #expect(try await sign(stranger, at: registry.host) == .made)
      await #expect(throws: RegistryError.self) { try await ours.verify(image) }
      #expect(try await sign(ours, at: registry.host, isNew: false) == .made)
      #expect(try await sign(ours, at: registry.host, isNew: false) == .present)
      try await ours.verify(image)
      try await signer().verify(image)

      let mistaken = try await failure(
        signer(verifiedBy: try await CosignFixture.make().publicKeyFile), at: registry.host)
      #expect(mistaken.code == .signatureMissing, "signed with one key, verified by another")
    }
  }

  @Test(
    "a wrong password, a key that is none and an unknown argument are said, and not tried again")
  func refused() async throws {
    let host = "127.0.0.1:1"
    let password = try await failure(
      signer(key: .pair(cosign.key, password: "not the password")), at: host)
    #expect(password.code == .signingFailed)
    #expect(password.disposition == .giveUp)
    #expect(
      password.message
        == "cosign did not sign \(host)/acme/backend@\(Self.digest): signing "
        + "[\(host)/acme/backend@\(Self.digest)]: decrypt: encrypted: decryption failed")
    let unknown = try await failure(signer(arguments: ["--tlog-uplaod=false"]), at: host)
    #expect(unknown.message.hasSuffix("unknown flag: --tlog-uplaod"))
    #expect(unknown.disposition == .giveUp)
    // cosign 3 with the argument that was enough for cosign 2.
    let second = try await failure(signer(arguments: ["--tlog-upload=false"]), at: host)
    #expect(second.message.contains("Provide a signing config with --signing-config"))
    #expect(second.disposition == .giveUp)
  }

  @Test("a registry, a log or Sigstore's roots that do not answer are tried again")
  func passing() async throws {
    let away = try await failure(signer(), at: "127.0.0.1:1")
    #expect(away.code == .signingUnavailable)
    #expect(away.disposition == .retry(after: nil))
    #expect(away.message.contains("connection refused"))
    let roots = try await failure(signer(arguments: []), at: "127.0.0.1:1")
    #expect(roots.disposition == .retry(after: nil))
    #expect(roots.message.contains("lookup tuf-repo-cdn.sigstore.dev: no such host"))
    for words in [
      "Error: signing digest: PUT https://r.test/v2/x: unexpected status code 503 Service Unavailable",
      "main.go:74: error during command execution: Post \"https://r.test\": net/http: TLS handshake timeout",
      "Error: signing digest: context deadline exceeded",
      "Error: GET https://r.test/token: TOOMANYREQUESTS: slow down",
    ] {
      let error = try await failure(signer(program: cosign.failing(words)), at: "r.test")
      #expect(error.disposition == .retry(after: nil), "\(words)")
    }
  }

  @Test("R13: what it says is shown once, its end alone, with nothing of key and password")
  func words() async throws {
    let line = cosign.key.split(separator: "\n")[1]
    let error = try await failure(
      signer(
        program: cosign.failing(
          """
          WARNING: the key \(line) and \(CosignFixture.password)
          Error: signing digest: kms get: access denied
          main.go:74: error during command execution: signing digest: kms get: access denied

          """)), at: "r.test")
    #expect(
      error.message == "cosign did not sign r.test/acme/backend@\(Self.digest): signing digest: "
        + "kms get: access denied\nWARNING: the key *** and ***")
    #expect(!(await log.text.contains(CosignFixture.password)))
  }

  @Test("a program that is not there is said at the start, and by whoever would sign")
  func absent() async throws {
    try await signer().probe()
    let absent = signer(program: "cosign-that-nobody-has")
    do throws(RegistryError) {
      try await absent.probe()
      Issue.record("it was found")
    } catch {
      #expect(
        error.message == "`cosign` is configured, and images cannot be signed: "
          + "cosign-that-nobody-has is not installed or not on the PATH. Install it where Slipway "
          + "runs, name it with `cosign.program`, or remove `cosign`")
    }
    let error = try await failure(absent, at: "r.test")
    #expect(error.code == .signingUnavailable)
    #expect(error.disposition == .giveUp)
  }
}
