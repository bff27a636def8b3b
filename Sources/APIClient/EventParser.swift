/// Bytes of an event stream in, blocks out: WHATWG HTML, section 9.2.6. No I/O, no clock.
struct EventParser {
  struct Block: Hashable, Sendable {
    /// `message` where the stream names none, as the standard has it.
    var event = "message"
    var data = ""
    /// The newest that the stream has said, this block's own or an earlier one's.
    var id: String?
  }

  struct TooLong: Error {}

  /// R12: a delivery over a thousand services takes some 200 KB.
  static let lineLimit = 4 << 20

  /// What a client that comes back sends as `Last-Event-ID`.
  private(set) var lastEventID: String?
  /// How long the server wants it to wait, in milliseconds.
  private(set) var retry: Int?
  private var line: [UInt8] = []
  private var skipsLineFeed = false
  private var event = ""
  private var data: [UInt8]?

  /// The blocks with data that these bytes complete.
  mutating func take(_ bytes: some Sequence<UInt8>) throws(TooLong) -> [Block] {
    var blocks: [Block] = []
    for byte in bytes {
      defer { skipsLineFeed = byte == UInt8(ascii: "\r") }
      switch byte {
      case UInt8(ascii: "\n") where skipsLineFeed: continue
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        if line.isEmpty {
          if let block = dispatch() { blocks.append(block) }
        } else {
          try field()
          line.removeAll(keepingCapacity: true)
        }
      default:
        guard line.count < Self.lineLimit else { throw TooLong() }
        line.append(byte)
      }
    }
    return blocks
  }

  private mutating func dispatch() -> Block? {
    defer {
      event = ""
      data = nil
    }
    guard let data else { return nil }
    return Block(
      event: event.isEmpty ? "message" : event, data: String(decoding: data, as: UTF8.self),
      id: lastEventID)
  }

  private mutating func field() throws(TooLong) {
    let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
    var value = line[colon...].dropFirst()
    if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
    switch String(decoding: line[..<colon], as: UTF8.self) {
    case "event": event = String(decoding: value, as: UTF8.self)
    case "data":
      if data != nil { data?.append(UInt8(ascii: "\n")) }
      data = (data ?? []) + value
      guard data?.count ?? 0 <= Self.lineLimit else { throw TooLong() }
    case "id" where !value.contains(0): lastEventID = String(decoding: value, as: UTF8.self)
    case "retry":
      let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
      if !value.isEmpty, value.count < 10, value.allSatisfy(digits.contains) {
        retry = Int(String(decoding: value, as: UTF8.self))
      }
    default: break  // comments, whose name is empty, and fields that nobody knows
    }
  }
}

extension EventParser {
  /// For another connection: what the stream has promised stays, what it had begun does not.
  init(continuing other: EventParser) {
    self.init()
    lastEventID = other.lastEventID
    retry = other.retry
  }
}
