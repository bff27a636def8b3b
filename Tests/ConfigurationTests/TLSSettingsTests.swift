import DeployModel
import Foundation
import TestKit
import Testing

@testable import slipway

@Suite("Configuration: certificates") struct TLSSettingsTests {
  private let files: Certificates

  init() throws { files = try Certificates() }

  private func configuration(_ tls: String) throws -> ConfigurationCase {
    try ConfigurationCase(
      """
      server: { tls: \(tls) }
      repositories: { shop: { url: 'file:///srv/git/shop.git', webhookSecrets: [{file: webhook.secret}] } }
      services: { api: { repository: shop, paths: ['**'], build: { context: . }, image: 'localhost:5000/api', manifest: { path: k8s } } }
      """)
  }

  private func entry(_ certificate: String, _ key: String) -> String {
    "{ certificate: '\(files.certificate(certificate))', privateKey: '\(files.privateKey(key))' }"
  }

  @Test("one certificate, or a list of them")
  func oneOrMany() async throws {
    try await files.make("a", names: ["a.example"])
    try await files.make("b", names: ["b.example"], key: .rsa)
    let one = try configuration(entry("a", "a")).load()
    #expect(one.server.tls.count == 1)
    let many = try configuration("[\(entry("a", "a")), \(entry("b", "b"))]").load()
    #expect(many.server.tls.count == 2)
    #expect(try configuration("[]").errors().count == 1)
  }

  @Test("a key of another certificate is an error where it is named")
  func mismatch() async throws {
    try await files.make("a", names: ["a.example"])
    try await files.make("b", names: ["b.example"])
    let errors = try configuration(entry("a", "b")).errors()
    #expect(errors.count == 1)
    #expect(errors.first?.contains(files.privateKey("b")) == true, "\(errors)")
  }

  @Test("a key under a passphrase, a missing file, and a half of an entry are errors")
  func unusable() async throws {
    try await files.make("a", names: ["a.example"])
    try await files.encrypt("a")
    for tls in [
      entry("a", "a"), entry("a", "nobody"), "{ certificate: '\(files.certificate("a"))' }",
    ] {
      #expect(try !configuration(tls).errors().isEmpty, "\(tls)")
    }
  }

  @Test("a certificate that has expired, has no names, or whose key all can read is remarked on")
  func remarks() async throws {
    try await files.make("a", names: [])
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o644], ofItemAtPath: files.privateKey("a"))
    let later = Timestamp(milliseconds: SystemWallClock().now().milliseconds + 90 * 86_400_000)
    let text = try configuration(entry("a", "a"))
    let remarks = try Configuration.load(file: text.file, environment: [:], now: later).remarks
      .map { "\($0)" }.joined(separator: "\n")
    #expect(remarks.contains("expired"), "\(remarks)")
    #expect(remarks.contains("no subject alternative name"), "\(remarks)")
    #expect(remarks.contains("chmod o-r"), "\(remarks)")
  }
}
