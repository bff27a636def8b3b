import Foundation
import OpenSSLKit
import TestKit
import Testing

@Suite("RS256: what the openssl program verifies")
struct RS256Tests {
  private let files: TemporaryDirectory

  init() throws { files = try TemporaryDirectory("rs256") }

  private func key(_ arguments: String...) async throws -> [UInt8] {
    let path = files.appending("key.pem")
    try await shell("openssl", arguments[..<1] + ["-out", path] + arguments[1...])
    return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  private func verify(_ signature: [UInt8], of message: String) async throws -> String {
    try Data(signature).write(to: files.url.appending(path: "signature"))
    try files.write(message, to: "message")
    try await shell(
      "openssl", "pkey", "-in", files.appending("key.pem"), "-pubout", "-out",
      files.appending("public.pem"))
    return try await shell(
      "openssl", "dgst", "-sha256", "-verify", files.appending("public.pem"), "-signature",
      files.appending("signature"), files.appending("message"))
  }

  @Test("keys in PKCS#1, as GitHub hands them out, and in PKCS#8", arguments: [true, false])
  func signs(traditional: Bool) async throws {
    let pem =
      traditional
      ? try await key("genrsa", "-traditional", "2048") : try await key("genrsa", "2048")
    let label = traditional ? "BEGIN RSA PRIVATE KEY" : "BEGIN PRIVATE KEY"
    #expect(String(decoding: pem, as: UTF8.self).contains(label))
    let signer = try #require(RS256(try PrivateKey(pem: pem)))
    let signature = try signer.signature(of: Array("eyJhbGciOiJSUzI1NiJ9.e30".utf8))
    #expect(signature.count == 256)
    #expect(try await verify(signature, of: "eyJhbGciOiJSUzI1NiJ9.e30") == "Verified OK")
    await #expect(throws: ShellFailure.self) {
      try await verify(signature, of: "eyJhbGciOiJSUzI1NiJ9.e31")
    }
  }

  @Test("another kind of key is none")
  func others() async throws {
    let pem = try await key("ecparam", "-name", "prime256v1", "-genkey", "-noout")
    #expect(RS256(try PrivateKey(pem: pem)) == nil)
  }

  @Test("a key for RSA-PSS alone says why it cannot sign so")
  func pss() async throws {
    let pem = try await key("genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048")
    let signer = RS256(try PrivateKey(pem: pem))
    #expect(throws: OpenSSLFailure.self) { try signer?.signature(of: [1]) }
  }
}
