import HTTPTypes
package import HTTPWire

/// Drives a machine as a server would, over bytes that come in given pieces, and tells what it did.
/// Every answer has a body of `x`s; what would be sent is kept in `output`.
package struct Replay {
  /// What is decided about one request.
  package struct Decision: Hashable, Sendable {
    package var bodyLimit = 100
    package var status = 200
    package var body = ResponseFraming.Body.known(2)
    package var closes = false

    package init() {}
  }

  package private(set) var events: [WireEvent] = []
  package private(set) var output: [UInt8] = []
  /// What no machine may do, whatever comes. Empty, or there is a bug.
  package private(set) var violations: [String] = []
  private var machine: ConnectionMachine
  /// For each request in turn; the last one for all that follow.
  private let decisions: [Decision]
  private let memory: GuardedMemory?
  private var waiting: [UInt8] = []
  private var ended = false
  private var head: RequestHead?
  private var body: [UInt8] = []
  private var heads = 0
  private var stepsInPlace = 0
  /// Empty lines that are forgiven before a request.
  private let emptyLines: Int
  private var answered: [(method: String, decision: Decision)] = []

  /// With `memory`, the machine sees its bytes between pages that cannot be read.
  package init(
    limits: WireLimits = WireLimits(), decisions: [Decision] = [Decision()],
    memory: GuardedMemory? = nil
  ) {
    machine = ConnectionMachine(limits: limits)
    emptyLines = limits.leadingEmptyLines
    self.decisions = decisions
    self.memory = memory
  }

  /// Everything, in these pieces.
  package init(
    _ pieces: [ArraySlice<UInt8>], ends: Bool = false, limits: WireLimits = WireLimits(),
    decisions: [Decision] = [Decision()], memory: GuardedMemory? = nil
  ) {
    self.init(limits: limits, decisions: decisions, memory: memory)
    for piece in pieces { receive(piece) }
    if ends { end() }
  }

  package var phase: ConnectionMachine.Phase { machine.phase }

  package mutating func receive(_ piece: ArraySlice<UInt8>) {
    waiting += piece
    run()
  }

  package mutating func end() {
    ended = true
    run()
  }

  package mutating func timeOut() {
    machine.timeOut()
    run()
  }

  package mutating func refuse(_ error: WireError) {
    machine.refuse(error)
    run()
  }

  private mutating func run() {
    while violations.isEmpty {
      let phase = machine.phase
      let step = next()
      guard step.consumed >= 0, step.consumed <= waiting.count else {
        return violate("\(step.consumed) of \(waiting.count) bytes consumed")
      }
      if case .body(let range) = step.action {
        guard range.lowerBound >= 0, range.upperBound <= step.consumed, !range.isEmpty else {
          return violate("a body at \(range), where \(step.consumed) bytes are done")
        }
        body += waiting[range]
      }
      stepsInPlace = step.consumed > 0 || machine.phase != phase ? 0 : stepsInPlace + 1
      if stepsInPlace > 4 { return violate("no progress in \(phase)") }
      let begun = waiting
      waiting.removeFirst(step.consumed)
      guard act(step.action, begun) else { return }
    }
  }

  /// `begun`: the bytes that the machine was shown. False: there is nothing to do before something
  /// else happens.
  private mutating func act(_ action: ConnectionMachine.Action, _ begun: [UInt8]) -> Bool {
    let isOver = events.contains(.last)
    switch action {
    case .needMore, .wait:
      stepsInPlace = 0
      return false
    case .head(let head):
      if isOver { violate("a request after the last answer") }
      self.head = head
      body = []
      heads += 1
      machine.accept(bodyLimit: decision.bodyLimit)
    case .sendContinue:
      if head?.expectsContinue != true { violate("a 100 that nobody expects") }
      events.append(.sentContinue)
      output += ResponseHead.continueBytes
    case .body: break
    case .request:
      guard let head else {
        violate("a request without a head")
        return false
      }
      if case .length(let count) = head.framing, count != body.count {
        violate("\(body.count) bytes of body for a length of \(count)")
      }
      if body.count > decision.bodyLimit { violate("a body beyond its limit") }
      events.append(.request(ServedRequest(head, body: body)))
      answer(decision, to: head.method.rawValue)
      self.head = nil
    case .refuse(let error):
      if isOver { violate("a refusal after the last answer") }
      events.append(.refused(error))
      var refusal = Decision()
      refusal.status = error.status.code
      answer(refusal, to: head?.method.rawValue ?? SecondReading.method(begun, emptyLines))
      head = nil
      if !events.contains(.last) { violate("a refusal that keeps the connection") }
    case .close:
      if events.last != .closed { events.append(.closed) }
      return false
    }
    return true
  }

  private var decision: Decision { decisions[min(heads, decisions.count) - 1] }

  private mutating func next() -> ConnectionMachine.Step {
    guard let memory else { return machine.next(waiting, ended: ended) }
    let placed = memory.place(waiting)
    return machine.next(placed.span, ended: ended)
  }

  private mutating func answer(_ decision: Decision, to method: String) {
    answered.append((method, decision))
    let framing = machine.respond(
      status: decision.status, body: decision.body, closing: decision.closes)
    do {
      try ResponseHead.write(
        status: HTTPResponse.Status(code: decision.status), framing: framing, fields: [:],
        date: HTTPDate(unixSeconds: 0), requestID: "r", into: &output)
    } catch {
      violate("an answer without a head: \(error)")
    }
    if framing.sendsBody {
      let content = [UInt8](repeating: UInt8(ascii: "x"), count: decision.contentLength)
      if framing.isChunked {
        ChunkedEncoder.write(content, into: &output)
        output += ChunkedEncoder.end
      } else {
        output += content
      }
    }
    if !framing.keepsAlive { events.append(.last) }
    machine.responseEnded()
  }

  /// What a client makes of `output`, if that is not exactly the answers that were decided.
  package var misreading: String? {
    let answers: [AnswerReading.Answer]
    do throws(AnswerReading.Misread) {
      answers = try AnswerReading.answers(output, to: answered.map(\.method))
    } catch {
      return error.description
    }
    for (answer, (method, decision)) in zip(answers, answered) {
      let isEmpty = method == "HEAD" || [204, 205, 304].contains(decision.status)
      let body = [UInt8](
        repeating: UInt8(ascii: "x"), count: isEmpty ? 0 : decision.contentLength)
      guard answer.status == decision.status, answer.body == body else {
        return "\(answer.status) with \(answer.body.count) bytes, not \(decision)"
      }
      guard answer.values("date").count == 1 else { return "not one Date" }
    }
    let closing = answers.map { $0.values("connection") == ["close"] }
    let isLast = events.contains(.last)
    guard closing.dropLast().allSatisfy({ !$0 }), closing.last ?? false == isLast else {
      return "Connection: close at \(closing)"
    }
    return nil
  }

  private mutating func violate(_ text: String) { violations.append(text) }
}

extension Replay.Decision {
  /// A stream turns out to have three bytes.
  package var contentLength: Int {
    switch body {
    case .known(let count): count
    case .stream: 3
    }
  }
}

extension Array where Element == UInt8 {
  /// Whole, in two at every place, and byte by byte.
  package var everySplit: [[ArraySlice<UInt8>]] {
    var splits: [[ArraySlice<UInt8>]] = [[self[...]], indices.map { self[$0...$0] }]
    for place in indices.dropFirst() { splits.append([self[..<place], self[place...]]) }
    return splits
  }
}

extension ConnectionMachine {
  package mutating func next(_ bytes: [UInt8], ended: Bool = false) -> Step {
    next(bytes.span, ended: ended)
  }
}
