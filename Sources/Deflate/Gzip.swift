import CZlib

package enum GzipError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The plain bytes would exceed the limit: a bomb, or a mistake (R12).
  case tooLarge(limit: Int)
  /// Not gzip, damaged, or cut off.
  case malformed
  case outOfMemory

  package var description: String {
    switch self {
    case .tooLarge(let limit): "more than \(limit) bytes when unpacked"
    case .malformed: "not a complete gzip stream"
    case .outOfMemory: "zlib has no memory"
    }
  }
}

/// The gzip format (RFC 1952), by zlib, all at once. Both functions compute: keep much of it off
/// the cooperative pool.
package enum Gzip {
  /// 15 bits of window, and 16 to ask zlib for gzip's header and trailer.
  static let windowBits: Int32 = 15 + 16
  package static let defaultLevel: Int32 = 6
  private static let bufferSize = 64 << 10

  /// - Parameter level: 1 (fast) to 9 (small).
  package static func compress(
    _ bytes: [UInt8], level: Int32 = defaultLevel
  ) throws(GzipError) -> [UInt8] {
    var stream = z_stream()
    guard slipway_deflate_init(&stream, level, windowBits) == Z_OK else { throw .outOfMemory }
    defer { deflateEnd(&stream) }
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
    let status = bytes.withUnsafeBufferPointer { input in
      output.withUnsafeMutableBufferPointer { target in
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = UInt32(clamping: input.count)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(clamping: target.count)
        return deflate(&stream, Z_FINISH)
      }
    }
    // `deflateBound` promises that one call is enough.
    guard status == Z_STREAM_END else { throw .outOfMemory }
    output.removeLast(output.count - Int(stream.total_out))
    return output
  }

  /// Unpacks one stream, of one or more members (RFC 1952, section 2.2).
  package static func decompress(
    _ bytes: [UInt8], limit: Int
  ) throws(GzipError) -> [UInt8] {
    var stream = z_stream()
    guard slipway_inflate_init(&stream, windowBits) == Z_OK else { throw .outOfMemory }
    defer { inflateEnd(&stream) }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: min(bufferSize, limit + 1))
    var consumed = 0
    while true {
      var produced = 0
      let status = bytes.withUnsafeBufferPointer { input in
        buffer.withUnsafeMutableBufferPointer { target in
          let left = input.count - consumed
          stream.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + consumed) }
          stream.avail_in = UInt32(clamping: left)
          stream.next_out = target.baseAddress
          stream.avail_out = UInt32(target.count)
          let offered = stream.avail_in
          let status = inflate(&stream, Z_NO_FLUSH)
          consumed += Int(offered - stream.avail_in)
          produced = target.count - Int(stream.avail_out)
          return status
        }
      }
      guard output.count + produced <= limit else { throw .tooLarge(limit: limit) }
      output.append(contentsOf: buffer[..<produced])
      switch status {
      case Z_STREAM_END where consumed == bytes.count:
        return output
      case Z_STREAM_END:
        guard inflateReset(&stream) == Z_OK else { throw .malformed }
      case Z_OK:
        continue
      case Z_MEM_ERROR:
        throw .outOfMemory
      default:
        // Z_BUF_ERROR is input that ends too early: there is always room for output.
        throw .malformed
      }
    }
  }
}
