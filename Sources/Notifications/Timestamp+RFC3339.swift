import DeployModel
import FoundationEssentials

extension Timestamp {
  /// UTC with milliseconds: `2025-12-03T09:19:41.000Z`.
  var rfc3339: String {
    Date(timeIntervalSince1970: Double(milliseconds) / 1000)
      .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }
}
