/// Reads what a server sent as a strict client does (RFC 9112 section 6.3), who knows the methods
/// that it asked with and nothing else.
package enum AnswerReading {
  package struct Answer: Hashable, Sendable {
    package var status: Int
    package var fields: [ServedRequest.Field]
    package var body: [UInt8]

    package func values(_ name: String) -> [String] {
      fields.filter { $0.name == name }.map(\.value)
    }
  }

  package struct Misread: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
  }

  /// One answer for each method, interim ones left out. One more is an error, and so is an answer without an end before the last one.
  package static func answers(
    _ bytes: [UInt8], to methods: [String]
  ) throws(Misread) -> [Answer] {
    var answers: [Answer] = []
    var rest = bytes
    for method in methods {
      var answer = try head(&rest)
      while answer.status == 100 { answer = try head(&rest) }
      guard answer.status >= 200 else { throw Misread(description: "status \(answer.status)") }
      answer.body = try body(&rest, of: answer, to: method)
      answers.append(answer)
    }
    while !rest.isEmpty {
      guard try head(&rest).status == 100 else { throw Misread(description: "one too many") }
    }
    return answers
  }

  private static func head(_ rest: inout [UInt8]) throws(Misread) -> Answer {
    let statusLine = try line(&rest)
    let parts = statusLine.split(separator: 32, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].elementsEqual("HTTP/1.1".utf8), parts[1].count == 3,
      let status = Int(String(decoding: parts[1], as: UTF8.self)), parts[2].allSatisfy(isText)
    else { throw misread("status line", statusLine) }
    var answer = Answer(status: status, fields: [], body: [])
    while true {
      let field = try line(&rest)
      if field.isEmpty { return answer }
      guard let colon = field.firstIndex(of: UInt8(ascii: ":")),
        SecondReading.isToken(Array(field[..<colon])), field[colon...].allSatisfy(isText)
      else { throw misread("field", field) }
      answer.fields.append(
        ServedRequest.Field(
          name: String(decoding: field[..<colon], as: UTF8.self).lowercased(),
          value: String(
            decoding: SecondReading.trimmed(Array(field[(colon + 1)...])), as: UTF8.self)))
    }
  }

  /// The numbered rules of section 6.3, as far as they concern a client without tunnels.
  private static func body(
    _ rest: inout [UInt8], of answer: Answer, to method: String
  ) throws(Misread) -> [UInt8] {
    let lengths = answer.values("content-length")
    let codings = answer.values("transfer-encoding")
    guard lengths.count + codings.count <= 1 else {
      throw Misread(description: "framed twice: \(lengths) \(codings)")
    }
    if answer.status == 204 || answer.status == 304, lengths.count + codings.count > 0 {
      throw Misread(description: "\(answer.status) is framed")
    }
    if method == "HEAD" || answer.status == 204 || answer.status == 304 { return [] }
    if let coding = codings.first {
      guard coding == "chunked" else { throw Misread(description: "coding \(coding)") }
      return try chunks(&rest)
    }
    if let length = lengths.first {
      guard let count = Int(length), count >= 0, count <= rest.count else {
        throw Misread(description: "length \(length) of \(rest.count)")
      }
      return take(count, &rest)
    }
    guard answer.values("connection") == ["close"] else {
      throw Misread(description: "an answer whose end nobody knows")
    }
    return take(rest.count, &rest)
  }

  private static func chunks(_ rest: inout [UInt8]) throws(Misread) -> [UInt8] {
    var body: [UInt8] = []
    while true {
      let sizeLine = try line(&rest)
      guard let size = Int(String(decoding: sizeLine, as: UTF8.self), radix: 16), size >= 0,
        size <= rest.count
      else { throw misread("chunk size", sizeLine) }
      body += take(size, &rest)
      let end = try line(&rest)
      guard end.isEmpty else { throw misread("end of a chunk", end) }
      if size == 0 { return body }
    }
  }

  /// A line without its CRLF.
  private static func line(_ rest: inout [UInt8]) throws(Misread) -> [UInt8] {
    guard let end = rest.firstIndex(of: 10), end > 0, rest[end - 1] == 13 else {
      throw misread("line", rest)
    }
    let line = Array(rest[..<(end - 1)])
    rest.removeFirst(end + 1)
    return line
  }

  private static func take(_ count: Int, _ rest: inout [UInt8]) -> [UInt8] {
    defer { rest.removeFirst(count) }
    return Array(rest[..<count])
  }

  private static func misread(_ what: String, _ bytes: [UInt8]) -> Misread {
    let text = String(decoding: bytes.prefix(60), as: UTF8.self)
    return Misread(description: "\(what): \(text.debugDescription)")
  }

  private static func isText(_ byte: UInt8) -> Bool { byte == 9 || byte >= 32 && byte != 127 }
}
