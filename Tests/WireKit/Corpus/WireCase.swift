package import HTTPWire

/// One thing that a client may send, and what is made of it.
package struct WireCase: CustomStringConvertible, Sendable {
  /// `9112/3` is RFC 9112 section 3.
  package let section: String
  package let what: String
  package let input: [UInt8]
  /// One line for each event; see `WireEvent`. `last` marks an answer with `Connection: close`.
  package let expected: [String]
  /// Whether the client then ends its side.
  package let ends: Bool

  package var description: String { "\(section) \(what)" }

  init(
    _ section: String, _ what: String, _ input: String, _ expected: String..., ends: Bool = false
  ) {
    self.init(section, what, Array(input.utf8), expected, ends: ends)
  }

  init(
    _ section: String, _ what: String, _ input: [UInt8], _ expected: [String], ends: Bool = false
  ) {
    self.section = section
    self.what = what
    self.input = input
    self.expected = expected
    self.ends = ends
  }

  /// Refused, and the connection with it.
  static func refused(
    _ section: String, _ what: String, _ input: String, _ reason: String
  ) -> WireCase {
    WireCase(section, what, input, reason, "last")
  }
}

/// What is made of everything that RFC 9110 and 9112 speak of, one file for each subject.
///
/// `docs/http.md` is the same as a table, and a test compares the two.
package enum Corpus {
  package static let subjects: [(title: String, cases: [WireCase])] = [
    ("Request line", requestLines), ("Request target", targets), ("Host", hosts),
    ("Fields", fields), ("Body framing", framing), ("Chunks", chunks),
    ("Chunk extensions", chunkExtensions), ("Trailers", trailers),
    ("Expect", expectations), ("Persistence", persistence), ("Ends", ends), ("Ignored", ignored),
    ("Limits", atTheLimits), ("Smuggling", smuggling),
  ]

  package static let cases = subjects.flatMap(\.cases)

  /// Small, so that what exceeds them can be replayed at every split point in no time.
  package static let limits: WireLimits = {
    var limits = WireLimits()
    limits.head = 1 << 10
    limits.target = 200
    limits.chunkExtensions = 256
    limits.trailers = 256
    return limits
  }()

  /// A request with these extra lines, each ended by CRLF.
  static func get(_ lines: String...) -> String {
    "GET / HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
  }

  static func post(_ lines: String..., body: String = "") -> String {
    "POST / HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n" + body
  }

  static let chunkedField = "Transfer-Encoding: chunked"

  /// A request with this for its chunked body.
  static func chunked(_ body: String) -> String { post(chunkedField, body: body) }

  static func many(_ text: String, _ count: Int) -> String {
    String(repeating: text, count: count)
  }
}
