import DeployModel
import GitHub
import Testing

@Suite("R13: a delivery's signature")
struct WebhookSignatureTests {
  static let secret = "It's a Secret to Everybody"
  static let body = Array("Hello, World!".utf8)
  static let signature =
    "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
  static let guid = "21cd2a2e-1a2a-5046-ac6c-ef48d51fdebf"

  @Test("GitHub's published example is accepted, and everything about it is kept")
  func publishedVector() throws {
    let delivery = try keyring(["shop": [Self.secret]]).verify(
      signature: Self.signature, event: "push", guid: Self.guid, body: Self.body)
    #expect(delivery.guid.text == Self.guid)
    #expect(delivery.event == "push")
    #expect(delivery.body == Self.body)
    // `printf 'Hello, World!' | sha256sum`
    #expect(
      delivery.bodySHA256 == "dffd6021bb2bd5b0af676290809ec3a53191dd81c7f70a4b28688a362182986f")
    #expect(delivery.secrets.map(\.position) == [0])
    #expect(delivery.isSigned(by: try name("shop")))
    #expect(!delivery.isSigned(by: try name("other")))
  }

  @Test("upper-case digits are the same signature")
  func upperCase() throws {
    let signature = "sha256=" + Self.signature.dropFirst(7).uppercased()
    _ = try keyring(["shop": [Self.secret]]).verify(
      signature: signature, event: "push", guid: Self.guid, body: Self.body)
  }

  @Test(
    "one different byte is another body",
    arguments: ["hello, World!", "Hello, World! ", "Hello, World!\n", "Hello, World", ""])
  func otherBody(_ body: String) throws {
    let keyring = try keyring(["shop": [Self.secret]])
    #expect(throws: WebhookRejection.wrongSignature) {
      try keyring.verify(
        signature: Self.signature, event: "push", guid: Self.guid, body: Array(body.utf8))
    }
  }

  @Test("the same JSON written differently is another body")
  func reencoded() throws {
    let keyring = try keyring(["shop": ["s"]])
    // `printf '{"a": 1}' | openssl dgst -sha256 -hmac s`
    let signature = "sha256=949bcc317b02bd1bb67ed8ab506dc02639b2f4d1b137997641bcd66d30bae32b"
    #expect(throws: WebhookRejection.wrongSignature) {
      try keyring.verify(
        signature: signature, event: "push", guid: Self.guid, body: Array("{\"a\":1}".utf8))
    }
    _ = try keyring.verify(
      signature: signature, event: "push", guid: Self.guid, body: Array("{\"a\": 1}".utf8))
  }

  @Test("a missing header is a failure, not “unsigned is fine”")
  func missing() throws {
    let keyring = try keyring(["shop": [Self.secret]])
    #expect(throws: WebhookRejection.unsigned) {
      try keyring.verify(signature: nil, event: "push", guid: Self.guid, body: Self.body)
    }
  }

  @Test(
    "what is not exactly sha256= and 64 digits is no signature",
    arguments: [
      "", "sha256=", "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
      "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59",
      "SHA256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
      "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1",
      "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e177",
      " sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
      "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17 ",
      "sha256=g57107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
      "sha256=+57107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
      "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17,sha256=00",
    ])
  func malformed(_ header: String) throws {
    let keyring = try keyring(["shop": [Self.secret]])
    #expect(throws: WebhookRejection.malformedSignature) {
      try keyring.verify(signature: header, event: "push", guid: Self.guid, body: Self.body)
    }
  }

  @Test("while secrets rotate, the old and the new one are right, and it says which it was")
  func rotation() throws {
    let keyring = try keyring(["shop": ["new", Self.secret, "older"]])
    let delivery = try keyring.verify(
      signature: Self.signature, event: "push", guid: Self.guid, body: Self.body)
    #expect(delivery.secrets.map(\.position) == [1])
  }

  @Test("a secret that two repositories share belongs to both")
  func shared() throws {
    let keyring = try keyring(["one": [Self.secret], "two": ["x", Self.secret], "three": ["x"]])
    let delivery = try keyring.verify(
      signature: Self.signature, event: "push", guid: Self.guid, body: Self.body)
    #expect(delivery.isSigned(by: try name("one")))
    #expect(delivery.isSigned(by: try name("two")))
    #expect(!delivery.isSigned(by: try name("three")))
  }

  @Test("under its own address only a repository's own secrets count")
  func ownAddress() throws {
    let keyring = try keyring(["one": [Self.secret], "two": ["x", Self.secret], "three": ["x"]])
    let delivery = try keyring.verify(
      repository: try name("two"), signature: Self.signature, event: "push", guid: Self.guid,
      body: Self.body)
    #expect(delivery.secrets.map(\.repository) == [try name("two")])
    #expect(throws: WebhookRejection.wrongSignature) {
      try keyring.verify(
        repository: try name("three"), signature: Self.signature, event: "push", guid: Self.guid,
        body: Self.body)
    }
    #expect(throws: WebhookRejection.unknownRepository) {
      try keyring.verify(
        repository: try name("four"), signature: Self.signature, event: "push", guid: Self.guid,
        body: Self.body)
    }
  }

  @Test("the common address tries 64 different secrets, and refuses to try more")
  func limit() throws {
    var secrets = Dictionary(uniqueKeysWithValues: (0..<63).map { ("r\($0)", ["secret \($0)"]) })
    secrets["shop"] = [Self.secret]
    secrets["twin"] = [Self.secret]
    _ = try keyring(secrets).verify(
      signature: Self.signature, event: "push", guid: Self.guid, body: Self.body)
    secrets["more"] = ["one too many"]
    let full = try keyring(secrets)
    #expect(throws: WebhookRejection.tooManySecrets(65)) {
      try full.verify(
        signature: Self.signature, event: "push", guid: Self.guid, body: Self.body)
    }
    _ = try full.verify(
      repository: try name("shop"), signature: Self.signature, event: "push", guid: Self.guid,
      body: Self.body)
  }

  @Test("without secrets nothing is right")
  func noSecrets() throws {
    let keyring = try keyring([:])
    #expect(throws: WebhookRejection.wrongSignature) {
      try keyring.verify(
        signature: Self.signature, event: "push", guid: Self.guid, body: Self.body)
    }
  }

  @Test("an empty secret is none: anybody could sign with it")
  func emptySecret() throws {
    #expect(WebhookSecret(repository: try name("shop"), position: 0, bytes: []) == nil)
  }

  @Test("a secret never prints")
  func redacted() throws {
    let secret = try #require(
      WebhookSecret(repository: try name("shop"), position: 1, bytes: Array("hunter2".utf8)))
    #expect("\(secret)" == "webhook secret 2 of shop")
    #expect(!String(reflecting: secret).contains("hunter2"))
  }

  @Test("signed or not, a delivery needs its event and its GUID; the signature comes first")
  func headers() throws {
    let keyring = try keyring(["shop": [Self.secret]])
    for event in [nil, "", "Push", "push\r\nX: y", "push ", String(repeating: "a", count: 65)] {
      #expect(throws: WebhookRejection.missingEvent(.github)) {
        try keyring.verify(
          signature: Self.signature, event: event, guid: Self.guid, body: Self.body)
      }
    }
    for guid in [nil, "", "a b", String(repeating: "a", count: 65)] {
      #expect(throws: WebhookRejection.missingGUID(.github)) {
        try keyring.verify(
          signature: Self.signature, event: "push", guid: guid, body: Self.body)
      }
    }
    #expect(throws: WebhookRejection.unsigned) {
      try keyring.verify(signature: nil, event: nil, guid: nil, body: Self.body)
    }
  }

  @Test(
    "the published deliveries all verify, and none does with a byte flipped",
    .enabled(if: SharedDeliveries.areThere, "needs the shared fixtures: set SLIPWAY_FIXTURES"))
  func fixtures() throws {
    let deliveries = try SharedDeliveries.load()
    #expect(deliveries.count > 40)
    let keyring = try keyring(["shop": [Self.secret]])
    for delivery in deliveries {
      let verified = try keyring.verify(
        signature: delivery.signature, event: delivery.event, guid: delivery.guid,
        body: delivery.body)
      #expect(verified.event == delivery.event)
      var flipped = delivery.body
      flipped[flipped.count / 2] ^= 1
      #expect(throws: WebhookRejection.wrongSignature, "\(delivery.file)") {
        try keyring.verify(
          signature: delivery.signature, event: delivery.event, guid: delivery.guid,
          body: flipped)
      }
    }
  }
}
