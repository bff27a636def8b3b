package import HTTPTypes

/// A field of an answer that would have broken out of its line.
package struct UnsafeField: Error, Hashable, Sendable {
  package let name: String

  package init(name: String) { self.name = name }
}

/// Writes the head of an answer.
package enum ResponseHead {
  package static let continueBytes = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

  /// Appends status line, Date, framing and `fields`, and the empty line. The framing is decided by
  /// `framing` alone: `fields` about it are left out. On an error `output` is as it was.
  package static func write(
    status: HTTPResponse.Status, framing: ResponseFraming, fields: HTTPFields, date: HTTPDate,
    requestID: String, into output: inout [UInt8]
  ) throws(UnsafeField) {
    let start = output.count
    output.append("HTTP/1.1 ")
    output.append(decimal: status.code)
    output.append(Byte.space)
    output.append(contentsOf: status.phrase.utf8)
    output.append("\r\nDate: ")
    output.append(contentsOf: date.bytes)
    output.append("\r\nX-Request-Id: ")
    output.append(contentsOf: requestID.utf8)
    if let length = framing.contentLength {
      output.append("\r\nContent-Length: ")
      output.append(decimal: length)
    }
    if framing.isChunked { output.append("\r\nTransfer-Encoding: chunked") }
    if !framing.keepsAlive {
      output.append("\r\nConnection: close")
    } else if framing.saysKeepAlive {
      output.append("\r\nConnection: keep-alive")
    }
    for field in fields where !isOurs(field.name) {
      output.append("\r\n")
      output.append(contentsOf: field.name.rawName.utf8)
      output.append(": ")
      let isSafe = field.withUnsafeBytesOfValue { value in
        output.append(contentsOf: value)
        return value.allSatisfy(\.isText)
      }
      guard isSafe, !field.name.rawName.isEmpty, field.name.rawName.utf8.allSatisfy(\.isToken)
      else {
        output.removeSubrange(start...)
        throw UnsafeField(name: field.name.rawName)
      }
    }
    output.append("\r\n\r\n")
  }

  private static func isOurs(_ name: HTTPField.Name) -> Bool {
    switch name.canonicalName {
    case "date", "content-length", "transfer-encoding", "connection", "keep-alive",
      "x-request-id":
      true
    default: false
    }
  }
}

/// The framing of a streamed answer (RFC 9112 section 7.1).
package enum ChunkedEncoder {
  package static let end = Array("0\r\n\r\n".utf8)

  /// Appends `data` as one chunk; nothing for no data, which would mean the end.
  package static func write(_ data: [UInt8], into output: inout [UInt8]) {
    guard !data.isEmpty else { return }
    output.append(contentsOf: String(data.count, radix: 16).utf8)
    output.append("\r\n")
    output.append(contentsOf: data)
    output.append("\r\n")
  }
}

extension [UInt8] {
  mutating func append(_ text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func append(decimal number: Int) {
    if number >= 10 { append(decimal: number / 10) }
    append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
  }
}
