import COpenSSL

package enum ConstantTime {
  /// Takes as long whether the first byte differs or the last. Lengths are not secret: different
  /// ones answer at once.
  package static func equal(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    return left.withUnsafeBufferPointer { left in
      right.withUnsafeBufferPointer { right in
        CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
      }
    }
  }

  package static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    equal(left.span, right.span)
  }
}
