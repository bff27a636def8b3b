package import HTTPTypes
package import HTTPWire

extension Judge {
  /// The head of an answer with arbitrary fields: a client reads exactly those that were given, and
  /// ours; or nothing is written, because one of them has a control byte.
  package static func complaint(
    _ status: HTTPResponse.Status, _ fields: HTTPFields, _ body: ResponseFraming.Body
  ) -> String? {
    var machine = ConnectionMachine()
    _ = machine.next(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
    machine.accept(bodyLimit: 0)
    _ = machine.next([])
    let framing = machine.respond(status: status.code, body: body)
    var output: [UInt8] = []
    do throws(UnsafeField) {
      try ResponseHead.write(
        status: status, framing: framing, fields: fields, date: HTTPDate(unixSeconds: 0),
        requestID: "r", into: &output)
    } catch {
      guard output.isEmpty else { return "half a head: \(shown(output))" }
      return fields.contains(where: hasControls) ? nil : "\(error.name) is refused for nothing"
    }
    if framing.sendsBody { output += framing.isChunked ? ChunkedEncoder.end : Array("hello".utf8) }
    let answers: [AnswerReading.Answer]
    do throws(AnswerReading.Misread) {
      answers = try AnswerReading.answers(output, to: ["GET"])
    } catch {
      return "\(shown(output)) is misread: \(error)"
    }
    guard let answer = answers.first, answer.status == status.code else {
      return "\(shown(output)) is not \(status.code)"
    }
    let read = answer.fields.filter { !ours.contains($0.name) }
    let given = fields.filter { !ours.contains($0.name.canonicalName) }.map { field in
      ServedRequest.Field(
        name: field.name.canonicalName,
        value: String(decoding: SecondReading.trimmed(Array(field.value.utf8)), as: UTF8.self))
    }
    return read == given ? nil : "\(read), not \(given)"
  }

  /// What a server decides alone.
  private static let ours: Set = [
    "date", "content-length", "transfer-encoding", "connection", "keep-alive", "x-request-id",
  ]

  private static func hasControls(_ field: HTTPField) -> Bool {
    field.withUnsafeBytesOfValue { $0.contains { $0 < 32 && $0 != 9 || $0 == 127 } }
  }
}
