import COpenSSL
import Synchronization

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
  package func hexDigest() -> String { Self.hexadecimal(digest()) }

  /// Without the copy that leaves room for more, on a context from before: every webhook's body
  /// comes through here.
  package static func hexDigest(of bytes: [UInt8]) -> String {
    let context = spare.withLock { $0.popLast() } ?? Context()
    context.begin()
    context.update(bytes[...])
    let digest = context.finish()
    spare.withLock { if $0.count < spareLimit { $0.append(context) } }
    return hexadecimal(digest)
  }

  private static let spare = Mutex<[Context]>([])
  private static let spareLimit = 32

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    func digit(_ value: UInt8) -> UInt8 {
      value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
    return String(unsafeUninitializedCapacity: 2 * bytes.count) { text in
      for (index, byte) in bytes.enumerated() {
        text[2 * index] = digit(byte >> 4)
        text[2 * index + 1] = digit(byte & 15)
      }
      return 2 * bytes.count
    }
  }
}

/// Owns one OpenSSL context. Its calls fail only when memory runs out, where Swift traps as well.
///
/// Unchecked: only `SHA256` holds it, and changes it only while it holds the sole reference.
private final class Context: @unchecked Sendable {
  private let raw: OpaquePointer
  // Written once, before its first use, and only read by OpenSSL: fetching it anew for each digest
  // would cost as much as half a kilobyte of hashing.
  nonisolated(unsafe) private static let algorithm = EVP_MD_fetch(nil, "SHA256", nil)

  private static func allocate() -> OpaquePointer {
    guard let raw = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
    return raw
  }

  init() {
    raw = Self.allocate()
    begin()
  }

  /// Forgets what came before.
  func begin() { Self.check(EVP_DigestInit_ex(raw, Self.algorithm, nil)) }

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
