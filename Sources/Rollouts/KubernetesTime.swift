import DeployModel
import FoundationEssentials

extension Timestamp {
  /// RFC 3339 with whole seconds, as Kubernetes writes it; nil for anything else.
  init?(kubernetes text: String) {
    do {
      let date = try Date(text, strategy: .iso8601)
      self.init(milliseconds: Int64(date.timeIntervalSince1970 * 1000))
    } catch {
      return nil
    }
  }
}
