package import HTTPWire

/// A second, independent reading of RFC 9112, to hold the first one against: it has all bytes at
/// once, copies them into lines and lists, and is written to be compared with the RFC rather than
/// to be fast. It shares no code with `HTTPWire`, whose parsers see a buffer that grows.
///
/// What it does not say is *why* something is refused: that is for the corpus.
package enum SecondReading {
  package enum Outcome<Value> {
    case incomplete
    case refused
    /// And how many bytes it takes.
    case complete(Value, count: Int)
  }

  /// What a client sees who sends these bytes and then ends; the answers are decided as given.
  package static func events(
    _ bytes: [UInt8], limits: WireLimits, decisions: [Replay.Decision]
  ) -> [Event] {
    var events: [Event] = []
    var rest = bytes
    var number = 0
    while true {
      switch head(rest, limits: limits) {
      case .incomplete:
        // Empty lines before a request that does not come, the last perhaps half.
        let isNothing = rest.allSatisfy { $0 == 13 || $0 == 10 }
        return events + (isNothing ? [.closed] : [.refused, .last, .closed])
      case .refused: return events + [.refused, .last, .closed]
      case .complete(let head, let count):
        let decision = decisions[min(number, decisions.count - 1)]
        number += 1
        rest = Array(rest[count...])
        if case .length(let length) = head.framing, length > decision.bodyLimit {
          return events + [.refused, .last, .closed]
        }
        if head.expectsContinue { events.append(.sentContinue) }
        guard case .complete(let body, let taken) = body(rest, head.framing, limits),
          body.count <= decision.bodyLimit
        else { return events + [.refused, .last, .closed] }
        rest = Array(rest[taken...])
        events.append(.request(head.served(body: body)))
        guard staysOpen(head, decision) else { return events + [.last, .closed] }
      }
    }
  }

  /// `WireEvent` without the reasons.
  package enum Event: Hashable, Sendable, CustomStringConvertible {
    case request(ServedRequest)
    case refused, sentContinue, last, closed

    package init(_ event: WireEvent) {
      switch event {
      case .request(let request): self = .request(request)
      case .refused: self = .refused
      case .sentContinue: self = .sentContinue
      case .last: self = .last
      case .closed: self = .closed
      }
    }

    package var description: String {
      switch self {
      case .request(let request): "\(request) \(request.fields.map { "\($0.name)=\($0.value)" })"
      case .refused: "refused"
      case .sentContinue: "100"
      case .last: "last"
      case .closed: "close"
      }
    }
  }

  /// The first word of a request that may be no request, if a space ends it.
  static func method(_ bytes: [UInt8], _ emptyLines: Int) -> String {
    var rest = bytes[...]
    for _ in 0..<emptyLines where rest.starts(with: [13, 10]) { rest = rest.dropFirst(2) }
    guard let space = rest.firstIndex(of: UInt8(ascii: " ")) else { return "" }
    return String(decoding: rest[..<space], as: UTF8.self)
  }

  /// RFC 9112 section 9.3, and what the answer itself needs: without chunks, which HTTP/1.0 does
  /// not know, only the end of the connection ends a stream.
  private static func staysOpen(_ head: Head, _ decision: Replay.Decision) -> Bool {
    guard head.keepsAlive, !decision.closes else { return false }
    let hasContent = head.method != "HEAD" && ![204, 205, 304].contains(decision.status)
    return !(head.isHTTP10 && decision.body == .stream && hasContent)
  }

  private static func body(
    _ bytes: [UInt8], _ framing: BodyFraming, _ limits: WireLimits
  ) -> Outcome<[UInt8]> {
    switch framing {
    case .none: return .complete([], count: 0)
    case .length(let count):
      return bytes.count < count
        ? .incomplete : .complete(Array(bytes[..<count]), count: count)
    case .chunked: return chunks(bytes, limits: limits)
    }
  }
}
