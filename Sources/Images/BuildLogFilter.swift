/// Between a builder and whoever reads the log: whole lines only, secrets blanked, and the end kept
/// for the failure's message.
actor BuildLogFilter {
  private let forward: @Sendable ([UInt8]) async -> Void
  private let secrets: [[UInt8]]
  private var partial: [UInt8] = []
  private(set) var lastLines: [String] = []

  /// A progress bar without line ends must not grow for ever.
  private static let lineLimit = 16 << 10
  private static let keptLines = 60
  /// Shorter pieces would blank half of any log.
  private static let shortestSecret = 4

  init(secrets: [[UInt8]], forward: @escaping @Sendable ([UInt8]) async -> Void) {
    self.forward = forward
    // Each line of a secret by itself, since it is lines that are compared; the longest first, so
    // that none hides the rest of another.
    self.secrets = secrets.flatMap { $0.split { $0 == 0x0A || $0 == 0x0D } }.map(Array.init)
      .filter { $0.count >= Self.shortestSecret }.sorted { $0.count > $1.count }
  }

  func receive(_ bytes: [UInt8]) async {
    partial += bytes
    var lines: [UInt8] = []
    while let end = partial.firstIndex(of: UInt8(ascii: "\n")) {
      take(partial[...end], into: &lines)
      partial.removeSubrange(...end)
    }
    if partial.count > Self.lineLimit {
      // What may be the beginning of a secret waits for its end.
      partial = redacted(partial)
      let kept = min(partial.count, (secrets.first?.count ?? 1) - 1)
      let piece = partial.dropLast(kept)
      if !piece.isEmpty { take(piece + [UInt8(ascii: "\n")], into: &lines) }
      partial.removeFirst(piece.count)
    }
    if !lines.isEmpty { await forward(lines) }
  }

  func finish() async {
    guard !partial.isEmpty else { return }
    var lines: [UInt8] = []
    take(partial[...] + [UInt8(ascii: "\n")], into: &lines)
    partial = []
    await forward(lines)
  }

  /// A message that was put together from more than the log.
  func redacted(_ text: String) -> String {
    String(decoding: redacted(Array(text.utf8)), as: UTF8.self)
  }

  private func take(_ line: ArraySlice<UInt8>, into lines: inout [UInt8]) {
    let clean = redacted(Array(line))
    lines += clean
    lastLines.append(String(decoding: clean, as: UTF8.self))
    if lastLines.count > Self.keptLines { lastLines.removeFirst() }
  }

  private func redacted(_ line: [UInt8]) -> [UInt8] {
    secrets.reduce(line) { $0.replacing($1, with: Array("***".utf8)) }
  }
}
