import HTTPTypes
import HTTPWire
import Logging
import Posix

/// One connection: moves bytes between a transport and a machine, and requests to the handler.
/// Confined to its reactor.
///
/// `pump` is the only loop. It feeds the machine, reads while the machine wants more, and writes
/// what has gathered. Everything else (readiness, a deadline, an answer) notes what happened and
/// pumps.
final class Connection: ReactorHandler {
  let origin: ConnectionOrigin
  private let worker: Worker
  private let transport: any ConnectionTransport
  private var machine: ConnectionMachine
  private var registration: Reactor.Registration?

  private var input: [UInt8] = []
  private var output = OutputQueue()
  private var head: RequestHead?
  private var body: [UInt8] = []
  /// Bytes of body that the handler holds until its answer is there.
  private var handedOver = 0
  /// What the budget counts for this connection.
  private var charged = 0
  private var requestID = ""

  private var isReadable = true
  private var isWritable = true
  private var peerEnded = false
  /// The peer's end was announced: reads go on until it is there.
  private var endIsNear = false
  private var isPumping = false
  private var isClosed = false
  private var hasEndedSending = false
  private var isStreaming = false
  private var streamIsChunked = false
  private var task: Task<Void, Never>?
  private var roomWaiter: CheckedContinuation<Bool, Never>?

  private var patience = Patience()

  /// How much is read at once while a head is awaited: most requests, and no more of the next.
  private static let headRead = 16 << 10
  /// How often it reads before the reactor's other connections have their turn.
  private static let readsInTurn = 16
  private static let interest: Interest = [.reading, .writing, .peerEnd, .edges]

  init(_ transport: any ConnectionTransport, from origin: ConnectionOrigin, worker: Worker) {
    self.transport = transport
    self.origin = origin
    self.worker = worker
    machine = ConnectionMachine(limits: worker.shared.limits.wire)
  }

  func start(on reactor: isolated Reactor) throws(PosixError) {
    registration = try reactor.register(transport.descriptor, for: Self.interest, handler: self)
    pump(on: reactor)
  }

  // MARK: Events

  func ready(_ readiness: Readiness, on reactor: isolated Reactor) {
    // Both directions are gone: nobody would read an answer.
    if readiness.contains(.hungUp) { return close(on: reactor) }
    if readiness.contains(.peerEnded) { (isReadable, endIsNear) = (true, true) }
    if readiness.contains(.readable) { isReadable = true }
    if readiness.contains(.writable) { isWritable = true }
    if transport.waitsCrosswise { (isReadable, isWritable) = (true, true) }
    pump(on: reactor)
  }

  func deadlineReached(on reactor: isolated Reactor) {
    if let since = patience.starvedSince {
      if .now() >= since + worker.shared.limits.bodyPatience { machine.refuse(.overloaded) }
    } else if !output.isEmpty {
      return close(on: reactor)
    } else {
      machine.timeOut()
    }
    pump(on: reactor)
  }

  func stopWhenIdle(on reactor: isolated Reactor) {
    if machine.phase == .idle, output.isEmpty, input.isEmpty { close(on: reactor) }
  }

  func abandon(on reactor: isolated Reactor) { close(on: reactor) }

  // MARK: The loop

  private enum Stop { case needMore, wait, congested, close }

  private func pump(on reactor: isolated Reactor) {
    guard !isPumping, !isClosed else { return }
    isPumping = true
    defer { isPumping = false }
    var stop = feedInput(on: reactor)
    var reads = 0
    loop: while !isClosed {
      switch stop {
      case .close:
        flush(on: reactor)
        if output.isEmpty { close(on: reactor) }
        break loop
      case .wait: break loop
      case .congested:
        flush(on: reactor)
        if isCongested { break loop }
        stop = feedInput(on: reactor)
      case .needMore where reads == Self.readsInTurn:
        waitForTurn(on: reactor)
        break loop
      case .needMore:
        reads += 1
        guard let next = readAndFeed(on: reactor) else { break loop }
        stop = next
      }
    }
    guard !isClosed else { return }
    flush(on: reactor)
    guard !isClosed else { return }
    if machine.phase == .linger, output.isEmpty, !hasEndedSending {
      hasEndedSending = true
      transport.endSending()
    }
    if worker.isStopping { stopWhenIdle(on: reactor) }
    charge()
    guard let registration else { return }
    let deadline = patience.deadline(
      in: machine.phase, isWriting: !output.isEmpty, limits: worker.shared.limits)
    reactor.setDeadline(deadline, of: registration)
  }

  /// The readiness that is left is told again, after that of others.
  private func waitForTurn(on reactor: isolated Reactor) {
    do {
      if let registration { try reactor.change(registration, to: Self.interest) }
    } catch {
      close(on: reactor)
    }
  }

  private func feedInput(on reactor: isolated Reactor) -> Stop {
    // Moved out, so that what the machine causes may look at the connection.
    var waiting: [UInt8] = []
    swap(&waiting, &input)
    let (consumed, stop) = waiting.withUnsafeBufferPointer { feed($0, on: reactor) }
    if consumed == 0 {
      input = waiting
    } else if consumed < waiting.count {
      input = Array(waiting[consumed...])
    }
    return stop
  }

  /// Nil: nothing to read now.
  private func readAndFeed(on reactor: isolated Reactor) -> Stop? {
    guard isReadable, !peerEnded else { return nil }
    let isBody = machine.phase == .body
    let isStarved = isBody && !worker.shared.budget.hasRoom
    patience.isStarved(isStarved)
    if isStarved { return nil }
    let size = isBody || machine.phase == .linger ? worker.readBuffer.count : Self.headRead
    let buffer = UnsafeMutableRawBufferPointer(rebasing: worker.readBuffer[..<size])
    switch transport.receive(into: buffer) {
    case .moved(let count):
      // epoll(7): a short read of a stream socket has emptied it.
      if count < size, !endIsNear, !transport.holdsInput { isReadable = false }
      let bytes = UnsafeBufferPointer(
        start: buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), count: count)
      if isBody { patience.bodyCame(count) }
      guard input.isEmpty else {
        input.append(contentsOf: bytes)
        return feedInput(on: reactor)
      }
      let (consumed, stop) = feed(bytes, on: reactor)
      if consumed < count { input = Array(bytes[consumed...]) }
      if isBody { charge() }
      return stop
    case .wouldBlock:
      isReadable = false
      return nil
    case .ended:
      peerEnded = true
      return feedInput(on: reactor)
    case .failed:
      close(on: reactor)
      return nil
    }
  }

  private func feed(
    _ bytes: UnsafeBufferPointer<UInt8>, on reactor: isolated Reactor
  ) -> (consumed: Int, stop: Stop) {
    var offset = 0
    while !isClosed {
      if isCongested { return (offset, .congested) }
      let rest = UnsafeBufferPointer(rebasing: bytes[offset...])
      let step = machine.next(rest.span, ended: peerEnded)
      offset += step.consumed
      switch step.action {
      case .needMore: return (offset, .needMore)
      case .wait: return (offset, .wait)
      case .close: return (offset, .close)
      case .head(let head): begin(head)
      case .sendContinue: output.append(ResponseHead.continueBytes)
      case .body(let range): body.append(contentsOf: rest[range])
      case .request: answer(on: reactor)
      case .refuse(let error): refuse(error)
      }
    }
    return (offset, .close)
  }

  // MARK: Requests and answers

  private func begin(_ head: RequestHead) {
    let limit = worker.shared.handler.bodyLimit(for: RequestHeadView(head))
    machine.accept(bodyLimit: limit)
    if case .length(let count) = head.framing, count <= min(limit, Self.headRead) {
      body = worker.lendBody(count)
    }
    self.head = head
    requestID = worker.nextID()
    patience.headIsThere()
  }

  private func answer(on reactor: isolated Reactor) {
    let shared = worker.shared
    // Runs here and now up to its first suspension, and comes straight back here after it.
    task = Task.immediate(executorPreference: reactor.loop) {
      guard var request = self.takeRequest() else { return }
      let response: ServerResponse
      if let proxy = self.origin.proxy {
        response = await shared.respond(to: request, passedOnBy: proxy)
      } else {
        response = await shared.handler.respond(to: request)
      }
      self.worker.takeBackBody(&request.body)
      guard let stream = self.write(response, on: reactor) else { return }
      let writer = HTTPBodyWriter(Confined(self, of: reactor), on: reactor)
      do {
        try await stream(writer)
        self.endStream(on: reactor)
      } catch {
        // A stream that never waited has sent nothing yet; how far it came is to be seen.
        self.flush(on: reactor)
        self.close(on: reactor)
      }
    }
  }

  private func takeRequest() -> ServerRequest? {
    guard let head else { return nil }
    defer {
      self.head = nil
      handedOver = body.count
      body = []
    }
    return ServerRequest(
      id: requestID, method: head.method, path: head.path, query: head.query,
      headers: head.headers, body: body, remoteAddress: origin.address)
  }

  private func refuse(_ error: WireError) {
    if head == nil { requestID = worker.nextID() }
    let shared = worker.shared
    let view = head.map(RequestHeadView.init)
    let refused = RefusedRequest(
      id: requestID, error: error, limits: shared.limits,
      bodyLimit: view.map(shared.handler.bodyLimit), head: view, remoteAddress: origin.address)
    head = nil
    body = []
    shared.logger.debug(
      "request refused",
      metadata: ["request": "\(requestID)", "reason": "\(error)", "remote": "\(origin.address)"])
    _ = put(shared.handler.refusal(of: refused))
    machine.responseEnded()
  }

  /// Queues an answer; gives its stream back if it has one.
  private func write(
    _ response: ServerResponse, on reactor: isolated Reactor
  ) -> ServerResponse.Stream? {
    handedOver = 0
    charge()
    guard !isClosed else { return nil }
    let stream = put(response)
    if stream != nil { isStreaming = true } else { machine.responseEnded() }
    pump(on: reactor)
    return isClosed ? nil : stream
  }

  private func put(_ response: ServerResponse) -> ServerResponse.Stream? {
    let response = response.isFinal ? response : ServerResponse(.internalServerError)
    let framing = machine.respond(
      status: response.status.code, body: response.body.length, closing: worker.isStopping)
    output.adopt(worker.lendBuffer())
    do {
      try output.gather { (bytes) throws(UnsafeField) in
        try ResponseHead.write(
          status: response.status, framing: framing, fields: response.headers,
          date: worker.date(), requestID: requestID, into: &bytes)
      }
    } catch {
      worker.shared.logger.error(
        "answer with an unsafe field replaced",
        metadata: ["request": "\(requestID)", "field": "\(error.name)"])
      return put(ServerResponse(.internalServerError))
    }
    guard framing.sendsBody else { return nil }
    switch response.body {
    case .empty: return nil
    case .bytes(let bytes):
      output.append(bytes)
      return nil
    case .stream(let stream):
      streamIsChunked = framing.isChunked
      return stream
    }
  }

  // MARK: Streams

  var isCongested: Bool { output.count >= worker.shared.limits.writeBuffer }

  /// False: the client has gone.
  func stream(_ bytes: [UInt8], on reactor: isolated Reactor) -> Bool {
    guard isStreaming, !isClosed else { return false }
    if streamIsChunked {
      output.gather { ChunkedEncoder.write(bytes, into: &$0) }
    } else {
      output.append(bytes)
    }
    pump(on: reactor)
    return !isClosed
  }

  func waitForRoom(_ continuation: CheckedContinuation<Bool, Never>) {
    guard !isClosed else { return continuation.resume(returning: false) }
    // One stream has one writer; a second one that waits goes on unhindered.
    roomWaiter?.resume(returning: true)
    roomWaiter = continuation
  }

  private func endStream(on reactor: isolated Reactor) {
    guard isStreaming, !isClosed else { return }
    isStreaming = false
    if streamIsChunked { output.append(ChunkedEncoder.end) }
    machine.responseEnded(closing: worker.isStopping)
    pump(on: reactor)
  }

  // MARK: Output, the end

  private func flush(on reactor: isolated Reactor) {
    guard isWritable, !output.isEmpty else { return }
    var hasFailed = false
    output.drain { bytes in
      switch transport.send(bytes) {
      case .moved(let count):
        patience.sent(count)
        return count
      case .wouldBlock:
        isWritable = false
        return 0
      case .ended, .failed:
        hasFailed = true
        return 0
      }
    }
    if hasFailed { return close(on: reactor) }
    if output.isEmpty {
      patience.allIsSent()
      worker.takeBack(output.takeBuffer())
    }
    if !isCongested, let waiter = roomWaiter {
      roomWaiter = nil
      waiter.resume(returning: true)
    }
  }

  /// A client that has gone leaves only what the handler still holds of it.
  private func charge() {
    let count = handedOver + (isClosed ? 0 : input.count + body.count)
    guard count != charged else { return }
    worker.shared.budget.change(by: count - charged)
    charged = count
  }

  private func close(on reactor: isolated Reactor) {
    guard !isClosed else { return }
    isClosed = true
    // What is cut short must not look complete.
    if output.isEmpty, !isStreaming { transport.sayGoodbye() }
    if let registration { reactor.unregister(registration) }
    registration = nil
    charge()
    if isStreaming { task?.cancel() }
    task = nil
    roomWaiter?.resume(returning: false)
    roomWaiter = nil
    worker.forget(self)
  }
}
