import Foundation
import Posix

/// A key pair, and a stand-in for cosign that signs with it: `cosign.py` beside this file. What is
/// signed is checked with curl and openssl, which know nothing of either.
package struct CosignFixture: Sendable {
  package static let password = "the cosign password"
  package static let program = Fixtures.packageRoot.appending(path: "Tests/TestKit/cosign.py").path

  package let directory: TemporaryDirectory
  /// The private key's text.
  package let key: String
  package var keyFile: String { directory.appending("cosign.key") }
  package var publicKeyFile: String { directory.appending("cosign.pub") }

  package static func make(password: String = password) async throws -> CosignFixture {
    let directory = try TemporaryDirectory("cosign")
    try await shell(
      program, "generate-key-pair", in: directory.path, environment: ["COSIGN_PASSWORD": password])
    return CosignFixture(
      directory: directory,
      key: try String(contentsOfFile: directory.appending("cosign.key"), encoding: .utf8))
  }

  /// A program that writes down its arguments, one a line, and then does what `cosign` would.
  package func recorder() throws -> (program: String, arguments: () throws -> [String]) {
    let record = try directory.write("", to: "arguments")
    let program = try directory.write(
      "#!/bin/sh\nprintf '%s\\n' \"$@\" >>'\(record)'\nexec '\(Self.program)' \"$@\"\n",
      to: "recorder")
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program)
    return (
      program,
      {
        try String(contentsOfFile: record, encoding: .utf8).split(separator: "\n").map(String.init)
      }
    )
  }

  /// A program that fails with these words.
  package func failing(_ words: String, status: Int = 1) throws -> String {
    let text = try directory.write(words, to: "words-\(UUID().uuidString)")
    let program = try directory.write(
      "#!/bin/sh\ncat '\(text)' >&2\nexit \(status)\n", to: "failing-\(UUID().uuidString)")
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program)
    return program
  }

  /// The payloads that a registry has under an image's signatures, each checked by openssl against
  /// the public key; throws if one is not ours.
  ///
  /// - Parameter user: `name:password`.
  package func payloads(
    of digest: String, in repository: String, user: String? = nil
  ) async throws -> [Payload] {
    let parts = repository.split(separator: "/", maxSplits: 1)
    let base = "http://\(parts[0])/v2/\(parts[1])"
    let login = user.map { ["--user", $0] } ?? []
    let tag = digest.replacingOccurrences(of: ":", with: "-") + ".sig"
    let text = try await shell(
      "curl",
      login + [
        "--silent", "--fail", "--header", "Accept: application/vnd.oci.image.manifest.v1+json",
        "\(base)/manifests/\(tag)",
      ])
    let manifest = try JSONDecoder().decode(Manifest.self, from: Data(text.utf8))
    var payloads: [Payload] = []
    for (number, layer) in manifest.layers.enumerated() {
      let file = directory.appending("payload-\(number)")
      try await shell(
        "curl",
        login + ["--silent", "--fail", "--output", file, "\(base)/blobs/\(layer.digest)"])
      let signature = Data(
        base64Encoded: layer.annotations["dev.cosignproject.cosign/signature"] ?? "")
      try (signature ?? Data()).write(to: URL(fileURLWithPath: "\(file).sig"))
      try await shell(
        "openssl", "dgst", "-sha256", "-verify", publicKeyFile, "-signature", "\(file).sig", file)
      payloads.append(
        try JSONDecoder().decode(
          Payload.self, from: Data(contentsOf: URL(fileURLWithPath: file))))
    }
    return payloads
  }

  private struct Manifest: Decodable {
    struct Layer: Decodable {
      var digest: String
      var annotations: [String: String]
    }
    var layers: [Layer]
  }

  /// "Simple signing", of containers/image's `containers-signature(5)`.
  package struct Payload: Decodable, Sendable {
    struct Critical: Decodable {
      struct Identity: Decodable {
        var reference: String
        enum CodingKeys: String, CodingKey { case reference = "docker-reference" }
      }
      struct Image: Decodable {
        var digest: String
        enum CodingKeys: String, CodingKey { case digest = "docker-manifest-digest" }
      }
      var identity: Identity
      var image: Image
    }
    let critical: Critical
    package let optional: [String: String]?

    package var reference: String { critical.identity.reference }
    package var digest: String { critical.image.digest }
  }
}
