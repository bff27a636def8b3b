import COpenSSL

/// SHA-256, fed piece by piece. A value: a copy goes on by itself from where it was taken.
package struct SHA256: Sendable {
  private var context = Context()

  package init() {}

  package mutating func update(_ bytes: [UInt8]) { update(bytes[...]) }

  package mutating func update(_ bytes: ArraySlice<UInt8>) {
    if !isKnownUniquelyReferenced(&context) { context = Context(copying: context) }
    context.update(bytes)
  }

  /// The 32 bytes of everything so far; more may follow.
  package func digest() -> [UInt8] { Context(copying: context).finish() }

  /// 64 lower-case hexadecimal digits.
  package func hexDigest() -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: digest().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
      as: UTF8.self)
  }

  package static func hexDigest(of bytes: [UInt8]) -> String {
    var hash = SHA256()
    hash.update(bytes)
    return hash.hexDigest()
  }
}

/// Owns one OpenSSL context. Its calls fail only when memory runs out, where Swift traps as well.
///
/// Unchecked: only `SHA256` holds it, and changes it only while it holds the sole reference.
private final class Context: @unchecked Sendable {
  private let raw: OpaquePointer

  private static func allocate() -> OpaquePointer {
    guard let raw = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
    return raw
  }

  init() {
    raw = Self.allocate()
    Self.check(EVP_DigestInit_ex(raw, EVP_sha256(), nil))
  }

  init(copying other: Context) {
    raw = Self.allocate()
    Self.check(EVP_MD_CTX_copy_ex(raw, other.raw))
  }

  deinit { EVP_MD_CTX_free(raw) }

  func update(_ bytes: ArraySlice<UInt8>) {
    bytes.withUnsafeBytes { Self.check(EVP_DigestUpdate(raw, $0.baseAddress, $0.count)) }
  }

  func finish() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    digest.withUnsafeMutableBufferPointer {
      Self.check(EVP_DigestFinal_ex(raw, $0.baseAddress, nil))
    }
    return digest
  }

  private static func check(_ result: CInt) {
    precondition(result == 1, "OpenSSL could not compute SHA-256")
  }
}
