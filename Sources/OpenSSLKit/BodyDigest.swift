import COpenSSL

/// SHA-256 of bytes that are all there at once.
package enum BodyDigest {
  /// 64 lower-case hexadecimal digits.
  package static func sha256Hex(of bytes: Span<UInt8>) throws(HMACSHA256.Failure) -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 0
    let succeeded = bytes.withUnsafeBufferPointer {
      EVP_Digest($0.baseAddress, $0.count, &digest, &length, EVP_sha256(), nil)
    }
    guard succeeded == 1, length == 32 else { throw HMACSHA256.Failure(operation: "EVP_Digest") }
    let digits = Array("0123456789abcdef".utf8)
    return String(unsafeUninitializedCapacity: 64) { text in
      for (index, byte) in digest.enumerated() {
        text[index * 2] = digits[Int(byte >> 4)]
        text[index * 2 + 1] = digits[Int(byte & 15)]
      }
      return 64
    }
  }
}
