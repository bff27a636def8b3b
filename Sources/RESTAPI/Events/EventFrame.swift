/// One block of an event stream (HTML Living Standard, section 9.2.6).
struct EventFrame: Hashable, Sendable {
  /// Nil for a block that no listener hears.
  var event: String?
  /// What a client sends as Last-Event-ID when it comes back.
  var id: String?
  /// Milliseconds that a client waits before it comes back.
  var retry: Int?
  var comment: String?
  /// One line, as JSON of this program is.
  var data: [UInt8]?

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    func add(_ field: String, _ value: some Collection<UInt8>) {
      bytes += field.utf8
      bytes += value
      bytes.append(UInt8(ascii: "\n"))
    }
    if let comment { add(": ", comment.utf8) }
    if let retry { add("retry: ", "\(retry)".utf8) }
    if let id { add("id: ", id.utf8) }
    if let event { add("event: ", event.utf8) }
    if let data { add("data: ", data) }
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }
}
