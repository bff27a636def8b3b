/// Names an event for `Last-Event-ID`: the process that numbered it, and its number there. One of an
/// earlier process cannot be gone on from: numbers begin anew.
struct EventID: Hashable, Sendable, CustomStringConvertible {
  var process: String
  var number: Int

  var description: String { "\(process)-\(number)" }

  init(process: String, number: Int) {
    self.process = process
    self.number = number
  }

  /// Nil: none of this process.
  init?(_ text: String, of process: String) {
    let prefix = "\(process)-"
    guard text.hasPrefix(prefix) else { return nil }
    let digits = text.utf8.dropFirst(prefix.utf8.count)
    guard (1...18).contains(digits.count),
      digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    self.init(
      process: process, number: digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
  }
}
