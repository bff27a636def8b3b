import Deflate
package import DeployModel
import Dispatch

extension SQLStore {
  package func appendLog(_ id: DeploymentID, _ bytes: [UInt8]) async throws(StoreError) {
    guard !bytes.isEmpty else { return }
    let chunks = try await LogChunks.pack(bytes)
    try await writer.write { transaction throws(StoreError) in
      let sequence = try transaction.connection.record(of: id).deployment.sequence
      for chunk in chunks {
        try transaction.connection.run(SQL.insertLogChunk, [.integer(sequence), .blob(chunk)])
      }
    }
  }

  package func log(
    _ id: DeploymentID, fromChunk index: Int
  ) async throws(StoreError) -> (bytes: [UInt8], nextChunk: Int) {
    try await readers.read { connection throws(StoreError) in
      var bytes: [UInt8] = []
      var next = index
      guard let record = try connection.recordIfAny(of: id) else { return (bytes, next) }
      try connection.query(
        SQL.selectLogChunks, [.integer(record.deployment.sequence), .integer(index)]
      ) { row throws(StoreError) in
        bytes += try LogChunks.unpack(try row.blob("content"))
        next = try row.count("position") + 1
        return bytes.count < StoreLimits.logRead
      }
      return (bytes, next)
    }
  }

  package func logChunkSizes(_ id: DeploymentID) async throws(StoreError) -> [Int] {
    try await readers.read { connection throws(StoreError) in
      guard let record = try connection.recordIfAny(of: id) else { return [] }
      return try connection.all(
        SQL.selectLogChunkTrailers, [.integer(record.deployment.sequence)]
      ) { row throws(StoreError) in
        try LogChunks.plainSize(trailer: try row.blob("trailer"))
      }
    }
  }
}

/// How logs are stored: plain bytes cut into pieces, each gzipped by itself so that a reader can
/// begin at any.
private enum LogChunks {
  /// Compression takes its time: not on the cooperative pool, and not on the write lane.
  private static let queue = DispatchQueue(label: "slipway.store.log-compression")

  static func pack(_ bytes: [UInt8]) async throws(StoreError) -> [[UInt8]] {
    let packed = await withCheckedContinuation {
      (continuation: CheckedContinuation<Result<[[UInt8]], StoreError>, Never>) in
      queue.async {
        continuation.resume(
          returning: Result { () throws(StoreError) -> [[UInt8]] in try compressed(bytes) })
      }
    }
    return try packed.get()
  }

  private static func compressed(_ bytes: [UInt8]) throws(StoreError) -> [[UInt8]] {
    var chunks: [[UInt8]] = []
    for start in stride(from: 0, to: bytes.count, by: StoreLimits.logChunk) {
      let end = min(start + StoreLimits.logChunk, bytes.count)
      do throws(GzipError) {
        chunks.append(try Gzip.compress(Array(bytes[start..<end])))
      } catch {
        throw .unavailable("a log could not be compressed: \(error)")
      }
    }
    return chunks
  }

  /// RFC 1952 section 2.3.1: a member ends with the number of its plain bytes, modulo 2^32, and a
  /// chunk is one member and far smaller.
  static func plainSize(trailer: [UInt8]) throws(StoreError) -> Int {
    guard trailer.count == 4 else { throw .bug("a stored log chunk is no gzip") }
    return trailer.reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  static func unpack(_ chunk: [UInt8]) throws(StoreError) -> [UInt8] {
    do throws(GzipError) {
      return try Gzip.decompress(chunk, limit: StoreLimits.logChunk)
    } catch {
      throw .bug("a stored log chunk could not be unpacked: \(error)")
    }
  }
}
