import DeployModel
import Glibc

/// Times and lengths of time as people say them.
enum TimeText {
  /// `3m ago`; beyond a month the day.
  static func age(of time: Timestamp, at now: Timestamp) -> String {
    let seconds = max(0, (now - time).components.seconds)
    return switch seconds {
    case 0: "now"
    case 1..<60: "\(seconds)s ago"
    case 60..<3600: "\(seconds / 60)m ago"
    case 3600..<(48 * 3600): "\(seconds / 3600)h ago"
    case (48 * 3600)..<(30 * 86_400): "\(seconds / 86_400)d ago"
    default: day(time)
    }
  }

  /// `40ms`, `1.4s`, `42s`, `1m 12s`, `2h 5m`, `3d 4h`.
  static func length(_ duration: Duration) -> String {
    let milliseconds = max(0, duration.wholeMilliseconds)
    let seconds = milliseconds / 1000
    return switch seconds {
    case 0: "\(milliseconds)ms"
    case 1..<10: "\(seconds).\(milliseconds % 1000 / 100)s"
    case 10..<60: "\(seconds)s"
    case 60..<3600: "\(seconds / 60)m \(seconds % 60)s"
    case 3600..<86_400: "\(seconds / 3600)h \(seconds % 3600 / 60)m"
    default: "\(seconds / 86_400)d \(seconds % 86_400 / 3600)h"
    }
  }

  /// Without tenths, for what is drawn every second.
  static func whole(_ duration: Duration) -> String {
    let seconds = max(0, duration.components.seconds)
    return seconds < 10 ? "\(seconds)s" : length(duration)
  }

  enum Zone: Sendable {
    /// Of whoever reads it.
    case local
    case utc
  }

  /// `09:17:40`
  static func clock(_ time: Timestamp, _ zone: Zone = .local) -> String {
    text(time, "%H:%M:%S", zone)
  }
  /// `2025-12-03`
  static func day(_ time: Timestamp, _ zone: Zone = .local) -> String {
    text(time, "%Y-%m-%d", zone)
  }
  /// `2025-12-03 09:17:40`
  static func full(_ time: Timestamp, _ zone: Zone = .local) -> String {
    text(time, "%Y-%m-%d %H:%M:%S", zone)
  }

  private static func text(_ time: Timestamp, _ format: String, _ zone: Zone) -> String {
    var seconds = time_t(time.milliseconds / 1000)
    var parts = tm()
    let known =
      switch zone {
      case .local: localtime_r(&seconds, &parts) != nil
      case .utc: gmtime_r(&seconds, &parts) != nil
      }
    guard known else { return "?" }
    var buffer = [CChar](repeating: 0, count: 64)
    let count = strftime(&buffer, buffer.count, format, &parts)
    return String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

extension String {
  /// Of a commit or a digest: enough to tell it by.
  var short: String {
    let digits = hasPrefix("sha256:") ? dropFirst("sha256:".count) : self[...]
    return String(digits.prefix(7))
  }
}
