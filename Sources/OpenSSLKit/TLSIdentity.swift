import COpenSSL

/// Why a certificate or its key cannot be used.
package struct TLSIdentityFault: Error, Hashable, Sendable, CustomStringConvertible {
  package enum File: Hashable, Sendable { case certificate, privateKey }

  package let file: File
  /// Continues the name of the file.
  package let sentence: String

  package init(_ file: File, _ sentence: String) {
    self.file = file
    self.sentence = sentence
  }

  package var description: String { "the file of the \(file) \(sentence)" }
}

/// Who a server is: a certificate, those that vouch for it, and the private key that belongs to it.
package struct TLSIdentity: Sendable {
  package let certificate: X509Certificate
  /// Sent after the certificate, as the file has them.
  package let chain: [X509Certificate]
  package let privateKey: PrivateKey

  /// - Parameters:
  ///   - certificate: PEM; the server's own certificate first.
  ///   - privateKey: PEM, not encrypted.
  package init(
    certificate text: [UInt8], privateKey: [UInt8]
  ) throws(TLSIdentityFault) {
    let certificates = try X509Certificate.all(inPEM: text)
    guard let first = certificates.first else {
      let hint = PEM.holds("PRIVATE KEY", in: text) ? ", but a private key" : ""
      throw TLSIdentityFault(.certificate, "holds no certificate in PEM form\(hint)")
    }
    let key = try PrivateKey(pem: privateKey)
    if let owner = certificates.firstIndex(where: { Self.belongs(key, to: $0) }) {
      guard owner == 0 else {
        throw TLSIdentityFault(
          .certificate,
          "has the certificate of the private key as number \(owner + 1): it must be the first")
      }
    } else {
      throw TLSIdentityFault(.privateKey, "holds a key that does not belong to the certificate")
    }
    certificate = first
    chain = Array(certificates.dropFirst())
    self.privateKey = key
  }

  private static func belongs(_ key: PrivateKey, to certificate: X509Certificate) -> Bool {
    defer { ErrorQueue.clear() }
    return X509_check_private_key(certificate.raw, key.raw) == 1
  }

  /// Calls `body` with the chain as OpenSSL takes it.
  func withChain<Outcome>(_ body: (OpaquePointer?) -> Outcome) -> Outcome {
    let stack = slipway_chain_new()
    defer { slipway_chain_free(stack) }
    for certificate in chain { _ = slipway_chain_push(stack, certificate.raw) }
    return body(stack)
  }
}
