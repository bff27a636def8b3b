package import HTTPWire

/// What must hold of any bytes at all, however they arrive. Answers nil, or what does not hold.
package enum Judge {
  /// Small, so that arbitrary requests meet them.
  package static let smallLimits: WireLimits = {
    var limits = lenientLimits
    limits.head = 512
    limits.target = 64
    limits.method = 8
    limits.fields = 6
    limits.chunkExtensions = 16
    limits.trailers = 24
    limits.trailerFields = 2
    return limits
  }()

  /// A server's own. What is thrown away is counted by arrivals: where it ends depends on the
  /// splits, so it does not end.
  package static let lenientLimits: WireLimits = {
    var limits = WireLimits()
    limits.linger = .max
    return limits
  }()

  /// 1. The machine makes progress, and serves nothing after its last answer. 2. It does the same
  /// however the bytes are split. 3. A second reading agrees. 4. A client reads from the answers
  /// exactly what was decided.
  package static func complaint(
    _ pieces: [ArraySlice<UInt8>], limits: WireLimits, decisions: [Replay.Decision],
    memory: GuardedMemory? = nil
  ) -> String? {
    let input = Array(pieces.joined())
    let split = Replay(pieces, ends: true, limits: limits, decisions: decisions, memory: memory)
    let whole = Replay(
      [input[...]], ends: true, limits: limits, decisions: decisions, memory: memory)
    let second = SecondReading.events(input, limits: limits, decisions: decisions)
    let problems = [
      split.violations.first, whole.violations.first, split.misreading,
      split.events == whole.events ? nil : "whole, it is \(whole.events)",
      whole.events.map(SecondReading.Event.init) == second
        ? nil : "the second reading says \(second)",
    ].compactMap { $0 }
    guard let problem = problems.first else { return nil }
    return "\(shown(input)) in \(pieces.map(\.count)) is \(split.events), but \(problem)"
  }

  package enum Interruption: CaseIterable, Sendable { case deadline, noRoom }

  /// A driver that interrupts leaves what came before as it was, and what comes after is not served
  /// if it was refused.
  package static func complaint(
    _ input: [UInt8], interruptedAt place: Int, by interruption: Interruption, limits: WireLimits,
    memory: GuardedMemory? = nil
  ) -> String? {
    let whole = Replay([input[...]], ends: true, limits: limits)
    var replay = Replay(limits: limits, memory: memory)
    replay.receive(input[..<place])
    let before = replay.events
    switch interruption {
    case .deadline: replay.timeOut()
    case .noRoom: replay.refuse(.overloaded)
    }
    let after = replay.events
    replay.receive(input[place...])
    replay.end()
    var problems = [replay.violations.first, replay.misreading]
    if !before.elementsEqual(whole.events.prefix(before.count)) {
      problems.append("uninterrupted, it is \(whole.events)")
    }
    if let last = replay.events.firstIndex(of: .last) ?? replay.events.firstIndex(of: .closed),
      replay.events[(last + 1)...].contains(where: { $0 != .closed })
    {
      problems.append("something follows the end")
    }
    if replay.events.last != .closed { problems.append("it does not end") }
    guard let problem = problems.compactMap({ $0 }).first else { return nil }
    return "\(shown(input)) after \(place): \(before), \(after), \(replay.events), but \(problem)"
  }

  static func shown(_ input: [UInt8]) -> String {
    String(decoding: input, as: UTF8.self).debugDescription
  }
}
