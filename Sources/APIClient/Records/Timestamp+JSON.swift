package import DeployModel
import FoundationEssentials

extension Timestamp: Decodable {
  /// RFC 3339 in UTC: `2025-12-03T09:19:41.000Z`.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let time = Timestamp(rfc3339: text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a time")
    }
    self = time
  }

  package init?(rfc3339 text: String) {
    do {
      let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
      let date = try style.parse(text)
      self.init(milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded()))
    } catch {
      return nil
    }
  }
}
