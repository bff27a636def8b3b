import Images
import TestKit
import Testing

@testable import slipway

@Suite("Configuration: cosign") struct CosignConfigurationTests {
  private static let key =
    "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----"
  private static let publicKey = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"

  private func example(_ cosign: String) throws -> ConfigurationCase {
    let example = try ConfigurationCase(yaml(top: "cosign: { program: /bin/true, \(cosign) }"))
    try example.directory.write(Self.key, to: "cosign.key")
    try example.directory.write("hunter2", to: "cosign.password")
    try example.directory.write(Self.publicKey, to: "cosign.pub")
    return example
  }

  @Test("a key with its password, arguments, and a public key to verify by; none of it is shown")
  func pair() throws {
    let example = try example(
      "key: { file: cosign.key }, password: { file: cosign.password }, "
        + "arguments: [--tlog-upload=false, '--annotations=team=web'], "
        + "verify: { key: cosign.pub, arguments: [--insecure-ignore-tlog] }")
    let configuration = try example.load()
    let cosign = try #require(configuration.cosign)
    guard case .pair(let key, let password) = cosign.key else {
      Issue.record("\(cosign.key)")
      return
    }
    #expect(key.exposed == Self.key)
    #expect(password?.exposed == "hunter2")
    #expect(cosign.arguments == ["--tlog-upload=false", "--annotations=team=web"])
    #expect(cosign.verification?.key == example.directory.appending("cosign.pub"))
    #expect(cosign.verification?.arguments == ["--insecure-ignore-tlog"])
    #expect(configuration.remarks.isEmpty)
    var dumped = ""
    dump(configuration, to: &dumped)
    #expect(!dumped.contains("hunter2") && !dumped.contains("PRIVATE KEY"))
  }

  @Test(
    "a key may be with a service, or nowhere",
    arguments: [
      "awskms:///alias/slipway", "gcpkms://projects/p/locations/global/keyRings/r/cryptoKeys/k",
      "k8s://slipway/cosign", "hashivault://slipway", "pkcs11:token=slipway;object=sign",
    ])
  func reference(_ text: String) throws {
    #expect(try example("key: '\(text)'").load().cosign?.key == .reference(text))
    #expect(try example("verify: { key: '\(text)' }").load().cosign?.key == .certificate)
  }

  @Test(
    "what would not work, or show a secret, is refused where it stands",
    arguments: [
      ("key: { file: cosign.pub }", "is no private key of cosign's"),
      ("key: cosign.key", "must be {file: path}, {env: NAME} or where a service keeps it"),
      ("key: env://COSIGN_PRIVATE_KEY", "must be {file: path}, {env: NAME} or"),
      ("key: 'pkcs11:object=x?pin-value=1234'", "must be {file: path}, {env: NAME} or"),
      ("key: k8s://a/b, password: { file: cosign.password }", "is of a key in a file"),
      ("arguments: [-a=team=web]", "must be one argument such as --tlog-upload=false"),
      ("arguments: [tlog-upload=false]", "must be one argument such as --tlog-upload=false"),
      ("arguments: [--key=x]", "has `--key`: remove it, write it as `key`"),
      ("arguments: [--registry-password=x]", "has `--registry-password`: remove it, name it in"),
      ("arguments: [--identity-token=eyJh]", "has a token, which every process here could read"),
      ("verify: { key: cosign.key }", "which is no public key"),
      ("verify: {}", "is missing: name the public key, or who signs with"),
    ])
  func refused(_ text: String, _ sentence: String) throws {
    let errors = try example(text).errors()
    #expect(errors.count == 1, "\(errors)")
    #expect(errors.first?.contains(sentence) == true, "\(errors)")
  }

  @Test("a program that is not there is warned of")
  func program() throws {
    let example = try ConfigurationCase(yaml(top: "cosign: { key: k8s://slipway/cosign }"))
    #expect(
      try example.remarks() == [
        "15:1: warning: `cosign` needs the program cosign, which is not there: install it where "
          + "Slipway runs, or name it with `cosign.program`"
      ])
    let named = try ConfigurationCase(yaml(top: "cosign: { program: tools/cosign }"))
    try named.directory.write("", to: "tools/cosign")
    #expect(try named.remarks().count == 1, "it cannot be executed")
  }
}
