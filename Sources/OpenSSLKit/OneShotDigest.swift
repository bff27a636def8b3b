import COpenSSL

/// Digests of bytes that are at hand. SHA-1 is what most git repositories name their objects by:
/// for nothing else.
package enum OneShotDigest: String, Sendable {
  case sha1 = "SHA1"
  case sha256 = "SHA256"

  package func callAsFunction(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var length = 0
    let result = EVP_Q_digest(nil, rawValue, nil, bytes, bytes.count, &digest, &length)
    precondition(result == 1, "OpenSSL could not compute \(rawValue)")
    return Array(digest[..<length])
  }
}
