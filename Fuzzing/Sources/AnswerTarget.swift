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
    for body in [ResponseFraming.Body.known(5), .stream] {
      let complaint = Judge.complaint(status, fields, body)
      require(complaint == nil, "\(shown(input)): \(complaint ?? "")")
    }
  }
}
