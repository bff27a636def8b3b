import DeployModel
import Logging

/// One deployment's build log on its way into the store: gathered, so that a chatty build costs few
/// transactions, and flushed often enough to be followed live.
actor BuildLog {
  private let id: DeploymentID
  private let parts: PipelineParts
  private var buffer: [UInt8] = []
  private var stored = 0
  private var isFlushScheduled = false
  private var isCut = false
  private var lastFlush: Task<Void, Never>?

  private static let chunk = 64 * 1024
  private static let delay: Duration = .milliseconds(300)
  /// R12: a build that prints for ever fills no disk. The rest is dropped, and the log says so.
  static let limit = 64 << 20

  init(_ id: DeploymentID, parts: PipelineParts) {
    self.id = id
    self.parts = parts
  }

  func append(_ bytes: [UInt8]) async {
    guard !isCut else { return }
    buffer += bytes
    if stored + buffer.count > Self.limit {
      isCut = true
      buffer += Array("\n[the log is cut here: it is longer than 64 MiB]\n".utf8)
    }
    if buffer.count >= Self.chunk || isCut {
      await flush()
    } else if !isFlushScheduled {
      isFlushScheduled = true
      Task {
        do {
          try await parts.clock.sleep(for: Self.delay)
        } catch {
          return
        }
        await flush()
      }
    }
  }

  func line(_ text: String) async { await append(Array((text + "\n").utf8)) }

  /// Returns when everything appended before is in the store, in order.
  func flush() async {
    isFlushScheduled = false
    let previous = lastFlush
    let bytes = buffer
    buffer = []
    stored += bytes.count
    let task = Task {
      await previous?.value
      await store(bytes)
    }
    lastFlush = task
    await task.value
  }

  private func store(_ bytes: [UInt8]) async {
    guard !bytes.isEmpty else { return }
    do {
      try await parts.store.appendLog(id, bytes)
      parts.events.publish(.log(id))
    } catch {
      parts.logger.warning(
        "build log could not be stored",
        metadata: ["deployment": "\(id)", "bytes": "\(bytes.count)", "error": "\(error)"])
    }
  }
}
