import HTTPTypes
import WireKit

@testable import HTTPWire

/// Request heads: the same outcome whole and byte by byte, the outcome of the second reading, and
/// for what is accepted, the same head when it is written out and read again.
enum HeadTarget {
  private enum Outcome: Equatable {
    case needMore
    case refused(WireError)
    case complete(SecondReading.Head, count: Int)
  }

  static func run(_ input: [UInt8]) {
    for limits in [Judge.lenientLimits, Judge.smallLimits] { judge(input, limits) }
  }

  private static func judge(_ input: [UInt8], _ limits: WireLimits) {
    let whole = read(input, limits)
    let slow = readSlowly(input, limits)
    require(whole == slow, "\(shown(input)): \(whole), byte by byte \(slow)")
    switch (whole, SecondReading.head(input, limits: limits)) {
    case (.needMore, .incomplete), (.refused, .refused): break
    case (.complete(let head, let count), .complete(let other, let otherCount)):
      require(
        head == other && count == otherCount, "\(shown(input)): \(head), at second \(other)")
      require(count <= input.count, "\(count) bytes of \(input.count)")
      let written = write(head)
      let again = read(written, WireLimits.huge)
      require(
        again == .complete(head, count: written.count),
        "\(shown(input)) is written as \(shown(written)), which is \(again)")
    case (let first, let second): fail("\(shown(input)): \(first), at second \(second)")
    }
  }

  private static func read(_ input: [UInt8], _ limits: WireLimits) -> Outcome {
    var parser = HeadParser(limits: limits)
    return read(&parser, input)
  }

  /// The parser sees one more byte each time, or of large heads a few.
  private static func readSlowly(_ input: [UInt8], _ limits: WireLimits) -> Outcome {
    var parser = HeadParser(limits: limits)
    for count in stride(from: 0, to: input.count, by: 1 + input.count / 256) {
      let outcome = read(&parser, Array(input[..<count]))
      if outcome != .needMore { return outcome }
    }
    return read(&parser, input)
  }

  private static func read(_ parser: inout HeadParser, _ input: [UInt8]) -> Outcome {
    let bytes = guarded.place(input)
    do throws(WireError) {
      guard let parsed = try parser.parse(bytes.span) else { return .needMore }
      let head = try RequestHead(parsed, bytes.span)
      return .complete(SecondReading.Head(head), count: parsed.count)
    } catch {
      return .refused(error)
    }
  }

  private static func write(_ head: SecondReading.Head) -> [UInt8] {
    let target = head.path + (head.query.map { "?\($0)" } ?? "")
    var text = "\(head.method) \(target) HTTP/1.\(head.isHTTP10 ? 0 : 1)\r\n"
    for field in head.fields { text += "\(field.name): \(field.value)\r\n" }
    return Array("\(text)\r\n".utf8)
  }
}

extension SecondReading.Head {
  init(_ head: RequestHead) {
    let served = ServedRequest(head, body: [])
    self.init(
      method: served.method, path: served.path, query: served.query, fields: served.fields,
      isHTTP10: head.isHTTP10, framing: head.framing, keepsAlive: head.keepsAlive,
      expectsContinue: head.expectsContinue)
  }
}

extension WireLimits {
  static let huge: WireLimits = {
    var limits = WireLimits()
    (limits.head, limits.target, limits.method) = (1 << 30, 1 << 20, 1 << 20)
    return limits
  }()
}
