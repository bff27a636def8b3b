import HTTPTypes
import HTTPWire
import WireKit

/// Heads of answers from arbitrary handlers: a client reads exactly the fields that were given and
/// ours, or nothing is written. The first line is a status and its phrase, the others are fields.
enum AnswerTarget {
  static func run(_ input: [UInt8]) {
    let lines = input.split(separator: 10, omittingEmptySubsequences: false)
    let words = (lines.first ?? []).split(separator: 32, maxSplits: 1)
    let code = words.first.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 200
    let phrase = words.count > 1 ? String(decoding: words[1], as: UTF8.self) : "OK"
    // A driver lets no other through.
    let status = HTTPResponse.Status(
      code: (200...599).contains(code) ? code : 200, reasonPhrase: phrase)
    var fields = HTTPFields()
    for line in lines.dropFirst() {
      let parts = line.split(separator: 58, maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let name = HTTPField.Name(String(decoding: parts[0], as: UTF8.self))
      else { continue }
      fields.append(HTTPField(name: name, lenientValue: parts[1]))
    }
    for body in [ResponseFraming.Body.known(5), .stream] { judge(status, fields, body, input) }
  }

  private static func judge(
    _ status: HTTPResponse.Status, _ fields: HTTPFields, _ body: ResponseFraming.Body,
    _ input: [UInt8]
  ) {
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
      require(output.isEmpty, "half a head: \(shown(output))")
      let values = fields.map { $0.withUnsafeBytesOfValue { Array($0) } }
      require(
        values.contains { $0.contains { $0 < 32 && $0 != 9 || $0 == 127 } },
        "\(shown(input)) refused for nothing: \(error)")
      return
    }
    if framing.sendsBody {
      if framing.isChunked {
        output += ChunkedEncoder.end
      } else {
        output += Array("hello".utf8)
      }
    }
    let answers: [AnswerReading.Answer]
    do throws(AnswerReading.Misread) {
      answers = try AnswerReading.answers(output, to: ["GET"])
    } catch {
      fail("\(shown(input)) is written as \(shown(output)): \(error)")
    }
    let ours: Set = [
      "date", "content-length", "transfer-encoding", "connection", "keep-alive", "x-request-id",
    ]
    let read = answers[0].fields.filter { !ours.contains($0.name) }
    let given = fields.filter { !ours.contains($0.name.canonicalName) }.map {
      ServedRequest.Field(name: $0.name.canonicalName, value: trimmed($0.value))
    }
    require(read == given, "\(shown(input)): \(read), not \(given)")
    require(answers[0].status == status.code, "\(shown(output)) for \(status)")
  }

  private static func trimmed(_ text: String) -> String {
    String(decoding: SecondReading.trimmed(Array(text.utf8)), as: UTF8.self)
  }
}
