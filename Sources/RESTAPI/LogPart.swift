import DeployModel

/// Some bytes of a stored log, which is kept in chunks.
struct LogPart: Sendable {
  let deployment: DeploymentID
  /// The chunk that holds the first byte.
  let firstChunk: Int
  /// How many bytes of that chunk come before it.
  let skipped: Int
  let count: Int

  /// - Parameters:
  ///   - sizes: of all chunks, in order.
  ///   - bytes: within the sum of `sizes`.
  init(of deployment: DeploymentID, sizes: [Int], bytes: Range<Int>) {
    self.deployment = deployment
    var chunk = 0
    var start = 0
    while chunk < sizes.count, start + sizes[chunk] <= bytes.lowerBound {
      start += sizes[chunk]
      chunk += 1
    }
    firstChunk = chunk
    skipped = bytes.lowerBound - start
    count = bytes.count
  }

  /// Calls `write` with one piece after another. Throws if the log has lost some of them.
  func read(
    from store: any DeploymentStore, _ write: ([UInt8]) async throws -> Void
  ) async throws {
    var chunk = firstChunk
    var toSkip = skipped
    var left = count
    while left > 0 {
      let (bytes, next) = try await store.log(deployment, fromChunk: chunk)
      guard !bytes.isEmpty else { throw StoreError.conflict("the log is shorter than it was") }
      let piece = bytes.dropFirst(toSkip).prefix(left)
      toSkip -= min(toSkip, bytes.count)
      left -= piece.count
      chunk = next
      try await write(Array(piece))
    }
  }
}
