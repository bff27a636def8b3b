import DeployModel
import FoundationEssentials
import Glibc
import Logging
import RESTAPI

/// One line per event on standard error, as JSON or logfmt: time, level, message, metadata.
struct StructuredLogHandler: LogHandler {
  enum Format: String, Sendable { case json, logfmt }

  var metadata = Logger.Metadata()
  var logLevel: Logger.Level
  private let format: Format
  private let label: String
  private let clock: any WallClock

  init(label: String, format: Format, level: Logger.Level, clock: any WallClock) {
    self.label = label
    self.format = format
    self.clock = clock
    logLevel = level
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
    var fields = [
      ("time", clock.now().rfc3339), ("level", "\(event.level)"), ("logger", label),
      ("message", "\(event.message)"),
    ]
    fields += all.map { ($0.key, "\($0.value)") }.sorted { $0.0 < $1.0 }
    var line: String
    switch format {
    case .json:
      line =
        "{" + fields.map { "\(Self.quoted($0.0)):\(Self.quoted($0.1))" }.joined(separator: ",")
        + "}"
    case .logfmt:
      line = fields.map { "\($0.0)=\(Self.isPlain($0.1) ? $0.1 : Self.quoted($0.1))" }
        .joined(separator: " ")
    }
    line += "\n"
    // One write(2) per line: lines of several threads do not mix.
    line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  private static func isPlain(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy {
        $0 > 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") && $0 != 0x7f
      }
  }

  /// RFC 8259 section 7.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f:
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
