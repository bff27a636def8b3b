import OpenSSLKit
import TestKit
import Testing

@Suite("What is wrong with a certificate or a key")
struct TLSIdentityTests {
  private func fault(
    _ certificate: [UInt8], _ privateKey: [UInt8]
  ) -> TLSIdentityFault? {
    do throws(TLSIdentityFault) {
      _ = try TLSIdentity(certificate: certificate, privateKey: privateKey)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [Certificates.Key.ecdsa, .rsa])
  func readsNamesAndTimes(key: Certificates.Key) async throws {
    let files = try Certificates()
    try await files.make("a", names: ["A.example", "*.b.example"], key: key, days: 3)
    let identity = try TLSIdentity(
      certificate: files.text(files.certificate("a")),
      privateKey: files.text(files.privateKey("a")))
    #expect(identity.certificate.names == ["a.example", "*.b.example"])
    #expect(identity.certificate.hasAlternativeNames)
    #expect(identity.certificate.notAfter - identity.certificate.notBefore == 3 * 86_400)
    let seconds = try Int64(await shell("date", "+%s")).map { $0 - 600 }
    #expect(identity.certificate.notBefore >= seconds ?? .max)
    #expect(identity.privateKey.kind == (key == .rsa ? .rsa(bits: 2048) : .ellipticCurve))
    #expect(identity.chain.isEmpty)
  }

  @Test("a common name is no name (RFC 9525 section 2)")
  func commonName() async throws {
    let files = try Certificates()
    try await files.make("a.example", names: [])
    let identity = try TLSIdentity(
      certificate: files.text(files.certificate("a.example")),
      privateKey: files.text(files.privateKey("a.example")))
    #expect(identity.certificate.names == [])
    #expect(!identity.certificate.hasAlternativeNames)
  }

  @Test("the file's other certificates are its chain; words between the blocks do not matter")
  func chain() async throws {
    let files = try Certificates()
    try await files.make("root", names: [])
    try await files.make("leaf", names: ["a.example"], signedBy: "root")
    let leaf = try files.text(files.certificate("leaf"))
    let root = try files.text(files.certificate("root"))
    let key = try files.text(files.privateKey("leaf"))
    let identity = try TLSIdentity(
      certificate: Array("Subject: leaf\n".utf8) + leaf + Array("\n# the root\n".utf8) + root,
      privateKey: leaf + key)
    #expect(identity.certificate.names == ["a.example"])
    #expect(identity.chain.count == 1)
    #expect(
      fault(root + leaf, key)
        == TLSIdentityFault(
          .certificate,
          "has the certificate of the private key as number 2: it must be the first"))
  }

  @Test("each mistake has its own words, and names the file that it is in")
  func mistakes() async throws {
    let files = try Certificates()
    try await files.make("a", names: ["a.example"])
    try await files.make("b", names: ["b.example"])
    try await files.make("locked", names: ["c.example"])
    try await files.encrypt("locked")
    let certificate = try files.text(files.certificate("a"))
    let key = try files.text(files.privateKey("a"))

    #expect(
      fault(Array("nothing\n".utf8), key)
        == TLSIdentityFault(.certificate, "holds no certificate in PEM form"))
    #expect(
      fault([], key) == TLSIdentityFault(.certificate, "holds no certificate in PEM form"))
    #expect(
      fault([0x30, 0x82, 1, 0, 0xff], key)
        == TLSIdentityFault(.certificate, "holds no certificate in PEM form"))
    #expect(
      fault(key, certificate)
        == TLSIdentityFault(
          .certificate, "holds no certificate in PEM form, but a private key"))
    #expect(
      fault(certificate, certificate)
        == TLSIdentityFault(.privateKey, "holds no private key in PEM form, but a certificate"))
    #expect(
      fault(certificate, [])
        == TLSIdentityFault(.privateKey, "holds no private key in PEM form"))
    #expect(
      fault(certificate, try files.text(files.privateKey("b")))
        == TLSIdentityFault(
          .privateKey, "holds a key that does not belong to the certificate"))
    #expect(
      fault(try files.text(files.certificate("locked")), try files.text(files.privateKey("locked")))
        == TLSIdentityFault(
          .privateKey,
          "is encrypted, and there is nobody to ask for its passphrase: store it decrypted "
            + "(`openssl pkey`), readable by this user only"))

    var damaged = certificate
    damaged[200] = damaged[200] == 65 ? 66 : 65
    damaged[300] = UInt8(ascii: "!")
    let broken = try #require(fault(certificate + damaged, key))
    #expect(broken.file == .certificate)
    #expect(broken.sentence.hasPrefix("holds a certificate (number 2) that cannot be read: "))
    var damagedKey = key
    damagedKey[60] = UInt8(ascii: "!")
    let brokenKey = try #require(fault(certificate, damagedKey))
    #expect(brokenKey.file == .privateKey)
    #expect(brokenKey.sentence.hasPrefix("holds a private key that cannot be read: "))
  }

  @Test("what OpenSSL holds to be too weak makes no server")
  func weak() async throws {
    let files = try Certificates()
    try await files.make("weak", names: ["a.example"], key: .shortRSA)
    let identity = try TLSIdentity(
      certificate: files.text(files.certificate("weak")),
      privateKey: files.text(files.privateKey("weak")))
    #expect(throws: OpenSSLFailure("certificate", reason: "ee key too small")) {
      _ = try TLSServerContext([identity])
    }
  }
}
