import COpenSSL

/// Signs as JSON Web Tokens' RS256 does (RFC 7518 section 3.3): RSASSA-PKCS1-v1_5 with SHA-256.
package struct RS256: Sendable {
  private let key: PrivateKey

  /// Nil if it is no RSA key.
  package init?(_ key: PrivateKey) {
    guard case .rsa = key.kind else { return nil }
    self.key = key
  }

  package func signature(of message: [UInt8]) throws(OpenSSLFailure) -> [UInt8] {
    ErrorQueue.clear()
    guard let context = EVP_MD_CTX_new() else { throw .last("EVP_MD_CTX_new") }
    defer { EVP_MD_CTX_free(context) }
    var settings: OpaquePointer?
    guard EVP_DigestSignInit(context, &settings, EVP_sha256(), nil, key.raw) == 1 else {
      throw .last("EVP_DigestSignInit")
    }
    // A key that is for RSA-PSS alone would sign, and otherwise: it refuses this.
    guard EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PADDING) == 1 else {
      throw .last("EVP_PKEY_CTX_set_rsa_padding")
    }
    var length = 0
    guard EVP_DigestSign(context, nil, &length, message, message.count) == 1 else {
      throw .last("EVP_DigestSign")
    }
    var signature = [UInt8](repeating: 0, count: length)
    guard EVP_DigestSign(context, &signature, &length, message, message.count) == 1 else {
      throw .last("EVP_DigestSign")
    }
    return Array(signature[..<length])
  }
}
