package import Logging
import Synchronization

/// What was logged, a line for each event.
package final class RecordedLog: Sendable {
  private struct Handler: LogHandler {
    let log: RecordedLog
    var metadata = Logger.Metadata()
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let values = (event.metadata ?? [:]).map { " \($0.key)=\($0.value)" }.sorted().joined()
      log.recorded.withLock { $0.append("\(event.level) \(event.message)\(values)") }
    }
  }

  private let recorded = Mutex<[String]>([])

  package init() {}

  package var lines: [String] { recorded.withLock { $0 } }

  package var logger: Logger { Logger(label: "recorded") { _ in Handler(log: self) } }
}
