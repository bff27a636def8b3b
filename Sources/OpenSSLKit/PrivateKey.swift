import COpenSSL

/// A private key, as it stood in a PEM file. Immutable.
package final class PrivateKey: Sendable {
  package enum Kind: Hashable, Sendable {
    case rsa(bits: Int)
    case ellipticCurve, other
  }

  // Owned since `init`, and only read: OpenSSL counts its references atomically, and locks what it
  // works out about it later.
  nonisolated(unsafe) let raw: OpaquePointer

  package var kind: Kind {
    switch EVP_PKEY_get_base_id(raw) {
    case EVP_PKEY_RSA, EVP_PKEY_RSA_PSS: .rsa(bits: Int(EVP_PKEY_get_bits(raw)))
    case EVP_PKEY_EC: .ellipticCurve
    default: .other
    }
  }

  /// - Parameter text: PKCS#1, PKCS#8 or SEC 1; may hold other PEM blocks too.
  package init(pem text: [UInt8]) throws(TLSIdentityFault) {
    guard PEM.holds("PRIVATE KEY", in: text) else {
      let hint = PEM.holds("CERTIFICATE", in: text) ? ", but a certificate" : ""
      throw TLSIdentityFault(.privateKey, "holds no private key in PEM form\(hint)")
    }
    ErrorQueue.clear()
    var isEncrypted = false
    let found = text.withUnsafeBytes { bytes -> OpaquePointer? in
      guard let source = BIO_new_mem_buf(bytes.baseAddress, CInt(clamping: bytes.count)) else {
        return nil
      }
      defer { BIO_free(source) }
      return withUnsafeMutablePointer(to: &isEncrypted) { isEncrypted in
        // Called for a passphrase; without it OpenSSL would ask a terminal.
        PEM_read_bio_PrivateKey(
          source, nil,
          { _, _, _, context in
            context?.assumingMemoryBound(to: Bool.self).pointee = true
            return -1
          }, isEncrypted)
      }
    }
    let reason = ErrorQueue.take().reason
    guard let found else {
      throw TLSIdentityFault(
        .privateKey,
        isEncrypted
          ? "is encrypted, and there is nobody to ask for its passphrase: store it decrypted "
            + "(`openssl pkey`), readable by this user only"
          : "holds a private key that cannot be read: \(reason)")
    }
    raw = found
  }

  deinit { EVP_PKEY_free(raw) }
}
