import HTTPWire
import WireKit

/// A whole connection. The input is what the client sends; behind its last `#` stands what is
/// decided: limits, answers, splits, and when the driver interrupts.
enum ConnectionTarget {
  static func run(_ input: [UInt8]) {
    let mark = input.lastIndex(of: UInt8(ascii: "#"))
    let wire = Array(input[..<(mark ?? input.count)])
    var script = Script(mark.map { input[($0 + 1)...] } ?? [])
    let limits = script.next(2) == 0 ? Judge.lenientLimits : Judge.smallLimits
    let decisions = (0..<3).map { _ in decision(&script) }
    let interruption: Judge.Interruption? = [nil, .deadline, .noRoom][script.next(3)]
    let pieces = pieces(wire, &script)

    let complaint = Judge.complaint(pieces, limits: limits, decisions: decisions, memory: guarded)
    if let complaint { fail(complaint) }
    guard let interruption else { return }
    let interrupted = Judge.complaint(
      wire, interruptedAt: min(wire.count, pieces.first?.count ?? 0), by: interruption,
      limits: limits, memory: guarded)
    if let interrupted { fail(interrupted) }
  }

  private static func decision(_ script: inout Script) -> Replay.Decision {
    var decision = Replay.Decision()
    decision.bodyLimit = [100, 0, 2, 10][script.next(4)]
    decision.status = [200, 204, 205, 304, 404, 500][script.next(6)]
    decision.body = script.next(3) == 2 ? .stream : .known(script.next(20))
    decision.closes = script.next(8) == 7
    return decision
  }

  /// What the script has left; then the rest at once.
  private static func pieces(_ wire: [UInt8], _ script: inout Script) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var rest = wire[...]
    while !rest.isEmpty {
      let piece = rest.prefix(script.isEmpty ? rest.count : 1 + script.next(60))
      pieces.append(piece)
      rest = rest.dropFirst(piece.count)
    }
    return pieces
  }
}

/// Choices, a byte each: 0 when there are no more.
struct Script {
  private var bytes: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  var isEmpty: Bool { bytes.isEmpty }

  mutating func next(_ count: Int) -> Int { bytes.popFirst().map { Int($0) % count } ?? 0 }
}
