import FoundationEssentials
import Git

/// `repositories.*.signing`
struct SigningSettings: Hashable, Sendable {
  var format: CommitSigner.Format
  var key: Secret
}

extension SigningSettings {
  init?(_ section: Section) {
    let format = section.required(
      "format", Form<CommitSigner.Format>.oneOf, "write ssh or gpg, whichever made the key")
    let key = section.requiredSecret("key", "name the private key")
    guard let format, let key else { return nil }
    let fault =
      switch format.value {
      case .ssh: Self.faultOfSSH(key.value.exposed)
      case .gpg: Self.faultOfGPG(key.value.exposed)
      }
    if let fault {
      section.reader.error(at: key.position, "`\(section.path).key` \(fault)")
      return nil
    }
    self.format = format.value
    self.key = key.value
  }

  private static func faultOfSSH(_ key: String) -> String? {
    let lines = key.split(whereSeparator: \.isNewline)
    guard lines.first == "-----BEGIN OPENSSH PRIVATE KEY-----", lines.count > 2 else {
      return "is no private key in OpenSSH's form: make one with `ssh-keygen -t ed25519 -N ''`"
    }
    // PROTOCOL.key of OpenSSH: "openssh-key-v1", NUL, and the cipher's name after its length.
    let start = Data(base64Encoded: String(lines[1].prefix(32))).map { [UInt8]($0) } ?? []
    guard start.count > 22, start[19..<23].elementsEqual("none".utf8) else {
      return "has a passphrase, and nobody is there to type it: make one with `-N ''`"
    }
    return nil
  }

  private static func faultOfGPG(_ key: String) -> String? {
    key.hasPrefix("-----BEGIN PGP PRIVATE KEY BLOCK-----")
      ? nil
      : "is no private key in armor: write one with `gpg --armor --export-secret-keys`"
  }
}
