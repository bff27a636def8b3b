import DeployModel
import TestKit
import Testing

@testable import slipway

@Suite("Configuration: signing") struct SigningSettingsTests {
  private func configuration(_ key: String, format: String = "ssh") throws -> ConfigurationCase {
    let example = try ConfigurationCase(
      yaml(repository: "signing: { format: \(format), key: { file: sign.key } }"))
    try example.directory.write(key, to: "sign.key")
    return example
  }

  @Test("a key of either format is taken", arguments: SigningKey.Kind.allCases)
  func taken(_ kind: SigningKey.Kind) async throws {
    let key = try await SigningKey.make(kind)
    let loaded = try configuration(key.secret, format: kind.rawValue).load()
    let signing = try #require(loaded.repository("shop")?.signing)
    #expect("\(signing.format)" == kind.rawValue)
    #expect(signing.key.exposed.trimmed == key.secret.trimmed)
    #expect(!"\(loaded)".contains("PRIVATE KEY"))
  }

  @Test("what is no key, or one that somebody would have to unlock, is refused where it is named")
  func refused() async throws {
    let locked = try await SigningKey.make(.ssh, passphrase: "hunter2")
    #expect(
      try configuration(locked.secret).errors() == [
        "6:42: `repositories.shop.signing.key` has a passphrase, and nobody is there to type it: "
          + "make one with `-N ''`"
      ])
    #expect(
      try configuration("ssh-ed25519 AAAA").errors() == [
        "6:42: `repositories.shop.signing.key` is no private key in OpenSSH's form: make one with "
          + "`ssh-keygen -t ed25519 -N ''`"
      ])
    #expect(
      try configuration(locked.secret, format: "gpg").errors() == [
        "6:42: `repositories.shop.signing.key` is no private key in armor: write one with "
          + "`gpg --armor --export-secret-keys`"
      ])
    #expect(try configuration("x", format: "x509").errors().count == 1)
    let bare = try ConfigurationCase(yaml(repository: "signing: {}")).errors()
    #expect(bare.count == 2)
  }
}
