import Logging

/// `logging:`
struct LoggingSettings: Hashable, Sendable {
  enum Format: String, Hashable, Sendable, CaseIterable { case json, logfmt }

  var format = Format.json
  var level = Logger.Level.info
}

extension LoggingSettings {
  init(_ section: Section) {
    format = section.value("format", Form<Format>.oneOf, default: format)
    level = section.value("level", Form<Logger.Level>.oneOf, default: level)
  }
}
