import Foundation

/// A key that signs commits, and how git knows it again.
package struct SigningKey: Sendable {
  package enum Kind: String, Sendable, CaseIterable { case ssh, gpg }

  package let kind: Kind
  package let directory: TemporaryDirectory
  /// The private key's text.
  package let secret: String

  package static func make(_ kind: Kind, passphrase: String = "") async throws -> SigningKey {
    let directory = try TemporaryDirectory("sk")
    switch kind {
    case .ssh:
      let file = directory.appending("key")
      try await shell(
        "ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "slipway", "-f", file)
      let key = try String(contentsOfFile: "\(file).pub", encoding: .utf8)
      try directory.write("slipway@example.com \(key)", to: "allowed")
      return SigningKey(
        kind: kind, directory: directory,
        secret: try String(contentsOfFile: file, encoding: .utf8))
    case .gpg:
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o700], ofItemAtPath: directory.path)
      try await gpg(
        directory, "--passphrase", passphrase, "--quick-generate-key",
        "Slipway <slipway@example.com>", "ed25519", "sign", "never")
      return SigningKey(
        kind: kind, directory: directory,
        secret: try await gpg(directory, "--armor", "--export-secret-keys"))
    }
  }

  @discardableResult
  private static func gpg(
    _ home: TemporaryDirectory, _ arguments: String...
  ) async throws -> String {
    try await shell(
      "gpg", ["--batch", "--no-tty", "--quiet", "--pinentry-mode", "loopback"] + arguments,
      environment: ["GNUPGHOME": home.path])
  }

  /// git's own judgement; throws unless the signature is good and the key is known.
  package func verify(_ commit: String, in repository: String) async throws {
    let settings =
      kind == .ssh
      ? [
        "-c", "gpg.format=ssh", "-c",
        "gpg.ssh.allowedSignersFile=\(directory.appending("allowed"))",
      ]
      : []
    try await shell(
      "git", settings + ["--git-dir=\(repository)", "verify-commit", "--", commit],
      environment: ["GNUPGHOME": directory.path])
  }
}
