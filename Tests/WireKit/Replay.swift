import HTTPTypes
import HTTPWire

/// Drives a machine as a server would, over bytes that come in given pieces, and tells what it did:
/// one line per request, refusal, `100 Continue` and close. Every request is answered with 200 and
/// two bytes.
struct Replay {
  var machine: ConnectionMachine
  var bodyLimit = 1000
  private(set) var events: [String] = []
  private var waiting: [UInt8] = []
  private var body: [UInt8] = []
  private var head: RequestHead?

  static func events(
    _ pieces: [ArraySlice<UInt8>], ends: Bool = false, limits: WireLimits = WireLimits(),
    bodyLimit: Int = 1000
  ) -> [String] {
    var replay = Replay(machine: ConnectionMachine(limits: limits), bodyLimit: bodyLimit)
    for piece in pieces { replay.receive(piece, ended: false) }
    if ends { replay.receive([], ended: true) }
    return replay.events
  }

  mutating func receive(_ piece: ArraySlice<UInt8>, ended: Bool) {
    waiting += piece
    while true {
      let step = machine.next(waiting, ended: ended)
      if case .body(let range) = step.action { body += waiting[range] }
      precondition(step.consumed <= waiting.count)
      waiting.removeFirst(step.consumed)
      switch step.action {
      case .needMore, .wait: return
      case .head(let head):
        self.head = head
        body = []
        machine.accept(bodyLimit: bodyLimit)
      case .sendContinue: events.append("100")
      case .body: break
      case .request:
        events.append(line())
        answer(200)
      case .refuse(let error):
        events.append("\(error.status.code) \(error)")
        answer(error.status.code)
      case .close:
        if events.last != "close" { events.append("close") }
        return
      }
    }
  }

  private func line() -> String {
    guard let head else { return "request without a head" }
    var line = "\(head.method) \(head.path)"
    if let query = head.query { line += "?\(query)" }
    if !body.isEmpty { line += " body=\(String(decoding: body, as: UTF8.self))" }
    return line
  }

  private mutating func answer(_ status: Int) {
    let framing = machine.respond(status: status, body: .known(2))
    if !framing.keepsAlive { events.append("last") }
    machine.responseEnded()
  }
}

extension ConnectionMachine {
  mutating func next(_ bytes: [UInt8], ended: Bool = false) -> Step {
    next(bytes.span, ended: ended)
  }
}

extension Array where Element == UInt8 {
  /// Whole, in two at every place, and byte by byte.
  var everySplit: [[ArraySlice<UInt8>]] {
    var splits: [[ArraySlice<UInt8>]] = [[self[...]], indices.map { self[$0...$0] }]
    for place in indices.dropFirst() { splits.append([self[..<place], self[place...]]) }
    return splits
  }
}
