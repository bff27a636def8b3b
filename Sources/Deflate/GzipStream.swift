import CZlib
import Synchronization

/// One gzip stream (RFC 1952) that is packed piece by piece, and read as it comes. Each call
/// computes: keep much of it off the cooperative pool.
///
/// It holds 256 KiB until it is let go; who makes many bounds their number (R12).
package final class GzipStream: Sendable {
  private let state: Mutex<State>

  /// - Parameter level: 1 (fast) to 9 (small).
  package init(level: Int32 = Gzip.defaultLevel) throws(GzipError) {
    state = Mutex(try State(level: level))
  }

  /// The packed form of `bytes`, complete: with what was returned before it, a reader unpacks all
  /// that was given so far. Nothing for nothing.
  package func pack(_ bytes: [UInt8]) throws(GzipError) -> [UInt8] {
    guard !bytes.isEmpty else { return [] }
    return try state.withLock { state throws(GzipError) in
      try state.run(bytes, flush: Z_SYNC_FLUSH)
    }
  }

  /// The end of the stream: without it a reader knows that something is missing. Nothing may
  /// follow.
  package func finish() throws(GzipError) -> [UInt8] {
    try state.withLock { state throws(GzipError) in try state.run([], flush: Z_FINISH) }
  }

  private struct State: ~Copyable {
    /// Apart, because zlib remembers the address that it was set up at.
    private let stream: UnsafeMutablePointer<z_stream>

    init(level: Int32) throws(GzipError) {
      stream = .allocate(capacity: 1)
      stream.initialize(to: z_stream())
      guard slipway_deflate_init(stream, level, Gzip.windowBits) == Z_OK else {
        throw .outOfMemory
      }
    }

    deinit {
      deflateEnd(stream)
      stream.deallocate()
    }

    mutating func run(_ bytes: [UInt8], flush: Int32) throws(GzipError) -> [UInt8] {
      var output: [UInt8] = []
      // Room for everything and the mark of a flush, which zlib repeats where it is cut in two.
      var buffer = [UInt8](repeating: 0, count: Int(deflateBound(stream, UInt(bytes.count))) + 16)
      var consumed = 0
      while true {
        let status = bytes.withUnsafeBufferPointer { input in
          buffer.withUnsafeMutableBufferPointer { target in
            stream.pointee.next_in = input.baseAddress.map {
              UnsafeMutablePointer(mutating: $0 + consumed)
            }
            stream.pointee.avail_in = UInt32(clamping: input.count - consumed)
            stream.pointee.next_out = target.baseAddress
            stream.pointee.avail_out = UInt32(clamping: target.count)
            let offered = stream.pointee.avail_in
            let status = deflate(stream, flush)
            consumed += Int(offered - stream.pointee.avail_in)
            return status
          }
        }
        let room = Int(stream.pointee.avail_out)
        output += buffer[..<(buffer.count - room)]
        switch status {
        case Z_STREAM_END: return output
        case Z_OK where room > 0 && consumed == bytes.count: return output
        case Z_OK,
          Z_BUF_ERROR where room == 0:
          continue
        case Z_MEM_ERROR: throw .outOfMemory
        // Written to after its end.
        default: throw .malformed
        }
      }
    }
  }
}
