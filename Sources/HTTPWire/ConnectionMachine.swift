import HTTPTypes

/// One HTTP/1.1 connection as a value: bytes and decisions in, actions out. It does no I/O and has
/// no clock; whoever drives it reads, writes and waits.
///
/// Requests are taken one at a time, so answers leave in the order of the requests: what a client
/// pipelines stays unread until its turn. After anything that could be read in two ways the
/// machine only drains: no later byte of that connection is ever served as a request.
package struct ConnectionMachine: Sendable {
  package enum Action: Sendable {
    /// Read more, then call `next` with the bytes left over and the new ones.
    case needMore
    /// Decide how large the body may be: `accept(bodyLimit:)`. Then call `next` again.
    case head(RequestHead)
    /// Write `100 Continue`.
    case sendContinue
    /// These bytes, counted from the start of those given, belong to the body.
    case body(Range<Int>)
    /// The request is complete: answer it with `respond`, then `responseEnded`.
    case request
    /// Answer with this error, then `responseEnded`.
    case refuse(WireError)
    /// Nothing to do before the answer is written.
    case wait
    case close
  }

  package struct Step: Sendable {
    package var action: Action
    /// How many of the bytes given are done with.
    package var consumed: Int
  }

  /// What the connection waits for; each has a deadline of its own.
  package enum Phase: Hashable, Sendable {
    case idle, head, body, response, linger, closed
  }

  private enum State: Sendable {
    case head
    case verdict(RequestHead)
    case accepted(RequestHead, limit: Int)
    case fixedBody(remaining: Int)
    case chunkedBody(ChunkedDecoder, read: Int, limit: Int)
    case complete
    case responding
    case refusing(WireError)
    case refused
    case lingering(remaining: Int)
    case closed
  }

  private let limits: WireLimits
  private var state = State.head
  private var parser: HeadParser
  private var headHasBegun = false
  private var keepsAlive = false

  package init(limits: WireLimits = WireLimits()) {
    self.limits = limits
    parser = HeadParser(limits: limits)
  }

  package var phase: Phase {
    switch state {
    case .head: headHasBegun ? .head : .idle
    case .verdict, .accepted, .fixedBody, .chunkedBody: .body
    case .complete, .responding, .refusing, .refused: .response
    case .lingering: .linger
    case .closed: .closed
    }
  }

  /// What to do next. `bytes` is everything that was read and not yet consumed; `ended` says that
  /// the peer will send no more.
  package mutating func next(_ bytes: borrowing Span<UInt8>, ended: Bool) -> Step {
    do throws(WireError) {
      return try advance(bytes, ended: ended)
    } catch {
      state = .refused
      return Step(action: .refuse(error), consumed: bytes.count)
    }
  }

  /// After `.head`: how many bytes of body this request may have.
  package mutating func accept(bodyLimit: Int) {
    guard case .verdict(let head) = state else { return }
    state = .accepted(head, limit: bodyLimit)
  }

  /// Refuses the request for a reason of the driver's: it was too slow, or there is no room for it.
  /// Call `next` for the action. Nothing is left to refuse once the request is complete.
  package mutating func refuse(_ error: WireError) {
    switch state {
    case .head, .verdict, .accepted, .fixedBody, .chunkedBody: state = .refusing(error)
    case .complete, .responding, .refusing, .refused, .lingering, .closed: break
    }
  }

  /// The deadline of the current phase has passed. Call `next` for the action.
  package mutating func timeOut() {
    switch phase {
    // RFC 9110 section 15.5.9 would allow a 408 here too; but a client whose next request crosses
    // it would take it for the answer.
    case .idle: state = .closed
    case .head, .body: refuse(.requestTimeout)
    case .response, .linger, .closed: state = .closed
    }
  }

  /// How the answer is framed. `closing` asks for the end of the connection after it.
  package mutating func respond(
    status: Int, body: ResponseFraming.Body, closing: Bool = false
  ) -> ResponseFraming {
    let isRefusal: Bool
    if case .refused = state { isRefusal = true } else { isRefusal = false }
    let framing = ResponseFraming(
      status: status, body: body, isHEAD: parser.isHEAD,
      isHTTP10: parser.isHTTP10, keepsAlive: keepsAlive && !closing && !isRefusal)
    keepsAlive = framing.keepsAlive
    return framing
  }

  /// The answer is written, to its last byte. Call `next` for what follows. `closing` asks for the
  /// end of the connection where that was not known when the answer began.
  package mutating func responseEnded(closing: Bool = false) {
    switch state {
    case .responding where keepsAlive && !closing:
      state = .head
      headHasBegun = false
      parser.reset()
    case .responding, .refused: state = .lingering(remaining: limits.linger)
    default: break
    }
  }

  private mutating func advance(
    _ bytes: borrowing Span<UInt8>, ended: Bool
  ) throws(WireError) -> Step {
    switch state {
    case .head:
      let parsed = try parser.parse(bytes)
      guard let parsed else {
        headHasBegun = parser.hasBegun(bytes)
        guard ended else { return Step(action: .needMore, consumed: 0) }
        // RFC 9112 section 8: an incomplete request is answered, no request is not.
        if headHasBegun { throw .truncated }
        state = .closed
        return Step(action: .close, consumed: bytes.count)
      }
      let head = try RequestHead(parsed, bytes)
      keepsAlive = head.keepsAlive
      headHasBegun = false
      state = .verdict(head)
      return Step(action: .head(head), consumed: parsed.count)

    case .verdict: return Step(action: .wait, consumed: 0)

    case .accepted(let head, let limit):
      switch head.framing {
      case .none: state = .complete
      case .length(let count):
        guard count <= limit else { throw .bodyTooLarge }
        state = .fixedBody(remaining: count)
      case .chunked: state = .chunkedBody(ChunkedDecoder(limits: limits), read: 0, limit: limit)
      }
      if head.expectsContinue { return Step(action: .sendContinue, consumed: 0) }
      return try advance(bytes, ended: ended)

    case .fixedBody(let remaining):
      guard !bytes.isEmpty else { return try waitForBody(ended: ended) }
      let count = min(remaining, bytes.count)
      state = count == remaining ? .complete : .fixedBody(remaining: remaining - count)
      return Step(action: .body(0..<count), consumed: count)

    case .chunkedBody(var decoder, let read, let limit):
      var position = 0
      let outcome = try decoder.decode(bytes, from: &position)
      var known = decoder.announced
      if case .data(let range) = outcome { known += range.count }
      guard known <= limit - read else { throw .bodyTooLarge }
      switch outcome {
      case .data(let range):
        state = .chunkedBody(decoder, read: read + range.count, limit: limit)
        return Step(action: .body(range), consumed: position)
      case .end:
        state = .responding
        return Step(action: .request, consumed: position)
      case .needMore:
        state = .chunkedBody(decoder, read: read, limit: limit)
        var step = try waitForBody(ended: ended)
        step.consumed = position
        return step
      }

    case .complete:
      state = .responding
      return Step(action: .request, consumed: 0)
    case .responding, .refused: return Step(action: .wait, consumed: 0)

    case .refusing(let error): throw error

    case .lingering(let remaining):
      guard !ended, bytes.count < remaining else {
        state = .closed
        return Step(action: .close, consumed: bytes.count)
      }
      state = .lingering(remaining: remaining - bytes.count)
      return Step(action: .needMore, consumed: bytes.count)

    case .closed: return Step(action: .close, consumed: bytes.count)
    }
  }

  private func waitForBody(ended: Bool) throws(WireError) -> Step {
    guard !ended else { throw .truncated }
    return Step(action: .needMore, consumed: 0)
  }
}
