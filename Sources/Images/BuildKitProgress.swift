import FoundationEssentials

/// BuildKit's stream of events as a log for people, in the form of its own `--progress plain`:
///
///     #5 [stage-1 2/3] RUN npm ci
///     #5 1.376 added 10 packages
///     #5 DONE 1.5s
///
/// What is no event (the Dockerfile's excerpt, `error: …`) goes through as it is. Steps run beside
/// each other; each line carries its step's number.
struct BuildKitProgress {
  /// Steps that failed, with what they wrote last. Not every one fails its build: a cache that is not
  /// there yet is one, too.
  private(set) var failures: [Failure] = []
  /// The newest lines that were no events, without their ends.
  private(set) var otherLines: [String] = []

  struct Failure: Hashable {
    var step: String
    var error: String
    var lastLines: [String]
  }

  private struct Step {
    /// In the order of their beginnings; 0 before that.
    var number = 0
    var name: String
    var started: String?
    var isAnnounced: Bool { number > 0 }
    var isTold = false
    var isCached = false
    var isOver = false
    /// Milliseconds.
    var took: Int?
    var partial: [UInt8] = []
    var lastLines: [String] = []
    var ended: Set<String> = []
  }

  private var steps: [String: Step] = [:]
  private var announced = 0
  /// Steps that are over by the newest event. Some begin again at once, which then counts as one.
  private var done: [String] = []
  private var partial: [UInt8] = []
  /// Within a line that is too long: up to its end nothing counts.
  private var isSkipping = false

  /// One event holds some chunks of a log, in base64.
  private static let lineLimit = 4 << 20
  /// Of a step's own output: a progress bar without line ends must not grow for ever.
  private static let outputLineLimit = 16 << 10
  /// A Dockerfile has some dozens; beyond this, new ones are left out of the log.
  private static let stepLimit = 10_000
  /// Layers, of one step.
  private static let statusLimit = 1_000
  private static let failureLimit = 100
  private static let keptLines = 8
  private static let keptOtherLines = 40

  /// - Returns: whole lines.
  mutating func receive(_ bytes: [UInt8]) -> [UInt8] {
    var log: [UInt8] = []
    partial += bytes
    while let end = partial.firstIndex(of: UInt8(ascii: "\n")) {
      let line = partial[..<end]
      if !isSkipping { take(line, into: &log) }
      isSkipping = false
      partial.removeSubrange(...end)
    }
    if partial.count > Self.lineLimit {
      if !isSkipping { log += Array("(a part that is too long for this log is left out)\n".utf8) }
      isSkipping = true
      partial = []
    }
    return log
  }

  /// What had no line end yet.
  mutating func finish() -> [UInt8] {
    var log: [UInt8] = []
    if !partial.isEmpty, !isSkipping { take(partial[...], into: &log) }
    partial = []
    tellDone(except: [], into: &log)
    for (digest, step) in steps.sorted(by: { $0.value.number < $1.value.number })
    where !step.partial.isEmpty {
      flush(digest, at: nil, into: &log)
    }
    return log
  }

  /// buildctl's last word, without its prefix; nil if it said none.
  var error: String? {
    let prefix = "error: "
    return otherLines.last { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
  }

  /// The step that the build failed for: the one whose error is within buildctl's last word.
  var failure: Failure? {
    guard let error else { return nil }
    return failures.first { error.contains($0.error) }
  }

  // MARK: Events

  private mutating func take(_ line: ArraySlice<UInt8>, into log: inout [UInt8]) {
    guard line.first == UInt8(ascii: "{"),
      let events = Self.events(in: line)
    else {
      tellDone(except: [], into: &log)
      return other(line, into: &log)
    }
    let begun = (events.vertexes ?? []).filter {
      $0.started != nil && $0.started != steps[$0.digest]?.started
    }
    tellDone(except: Set(begun.map(\.digest)), into: &log)
    for vertex in events.vertexes ?? [] { begin(vertex, into: &log) }
    for status in events.statuses ?? [] { take(status, into: &log) }
    for output in events.logs ?? [] { take(output, into: &log) }
    for warning in events.warnings ?? [] { take(warning, into: &log) }
    for vertex in events.vertexes ?? [] { end(vertex, into: &log) }
  }

  private static func events(in line: ArraySlice<UInt8>) -> BuildKitEvents? {
    do {
      return try JSONDecoder().decode(BuildKitEvents.self, from: Data(line))
    } catch {
      // A line of some other program's that begins with a brace.
      return nil
    }
  }

  private mutating func other(_ line: ArraySlice<UInt8>, into log: inout [UInt8]) {
    let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    otherLines.append(String(decoding: line, as: UTF8.self))
    if otherLines.count > Self.keptOtherLines { otherLines.removeFirst() }
    log += line
    log.append(UInt8(ascii: "\n"))
  }

  private mutating func begin(_ vertex: BuildKitEvents.Vertex, into log: inout [UInt8]) {
    guard var step = step(vertex.digest, named: vertex.name) else { return }
    if let started = vertex.started, started != step.started {
      step.started = started
      step.isOver = false
    }
    let isSeen = vertex.started != nil || vertex.cached == true || vertex.error?.isEmpty == false
    if isSeen { announce(&step, into: &log) }
    steps[vertex.digest] = step
  }

  private mutating func announce(_ step: inout Step, into log: inout [UInt8]) {
    guard !step.isAnnounced else { return }
    announced += 1
    step.number = announced
    log += Array("#\(step.number) \(step.name)\n".utf8)
  }

  private mutating func end(_ vertex: BuildKitEvents.Vertex, into log: inout [UInt8]) {
    guard let step = steps[vertex.digest], !step.isOver,
      vertex.completed != nil || vertex.error?.isEmpty == false
    else { return }
    flush(vertex.digest, at: vertex.completed, into: &log)
    steps[vertex.digest]?.isOver = true
    if let error = vertex.error, !error.isEmpty {
      if Self.isCancellation(error) {
        log += Array("#\(step.number) CANCELED\n".utf8)
      } else {
        log += Array("#\(step.number) ERROR: \(error)\n".utf8)
        if failures.count < Self.failureLimit {
          failures.append(
            Failure(
              step: step.name, error: error, lastLines: steps[vertex.digest]?.lastLines ?? []))
        }
      }
    } else if vertex.cached == true {
      if !step.isCached { log += Array("#\(step.number) CACHED\n".utf8) }
      steps[vertex.digest]?.isCached = true
    } else {
      steps[vertex.digest]?.took = Self.span(from: vertex.started, to: vertex.completed)
      if !done.contains(vertex.digest) { done.append(vertex.digest) }
    }
  }

  private mutating func tellDone(except begun: Set<String>, into log: inout [UInt8]) {
    for digest in done where !begun.contains(digest) {
      guard let step = steps[digest], step.isOver, !step.isTold else { continue }
      steps[digest]?.isTold = true
      log += Array("#\(step.number) DONE \(Self.seconds(step.took, digits: 1))s\n".utf8)
    }
    done = []
  }

  private static func isCancellation(_ error: String) -> Bool {
    error == "context canceled" || error.hasSuffix(": context canceled")
  }

  private mutating func take(_ status: BuildKitEvents.Status, into log: inout [UInt8]) {
    guard status.completed != nil, let step = steps[status.vertex], step.isAnnounced,
      step.ended.count < Self.statusLimit, !step.ended.contains(status.id)
    else { return }
    steps[status.vertex]?.ended.insert(status.id)
    let took = Self.span(from: status.started, to: status.completed)
    let size = status.total.flatMap { $0 > 0 ? " \(Self.megabytes($0))" : nil } ?? ""
    log += Array(
      "#\(step.number) \(status.id)\(size) \(Self.seconds(took, digits: 1))s done\n".utf8)
  }

  private mutating func take(_ output: BuildKitEvents.Log, into log: inout [UInt8]) {
    guard let text = output.data, let data = Data(base64Encoded: text),
      step(output.vertex, named: nil) != nil
    else { return }
    var rest = Array(data)[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      append(rest[..<end], to: output, into: &log)
      flush(output.vertex, at: output.timestamp, force: true, into: &log)
      rest = rest[(end + 1)...]
    }
    append(rest, to: output, into: &log)
  }

  private mutating func append(
    _ bytes: ArraySlice<UInt8>, to output: BuildKitEvents.Log, into log: inout [UInt8]
  ) {
    var rest = bytes
    while !rest.isEmpty {
      let room = Self.outputLineLimit - (steps[output.vertex]?.partial.count ?? 0)
      steps[output.vertex]?.partial += rest.prefix(room)
      rest = rest.dropFirst(room)
      if !rest.isEmpty { flush(output.vertex, at: output.timestamp, into: &log) }
    }
  }

  private mutating func take(_ warning: BuildKitEvents.Warning, into log: inout [UInt8]) {
    guard let step = steps[warning.vertex], step.isAnnounced, let short = warning.short,
      let data = Data(base64Encoded: short)
    else { return }
    log += Array("#\(step.number) WARNING: ".utf8) + data + [UInt8(ascii: "\n")]
  }

  /// Writes the step's line that is not ended yet.
  private mutating func flush(
    _ digest: String, at time: String?, force: Bool = false, into log: inout [UInt8]
  ) {
    guard var step = steps[digest], force || !step.partial.isEmpty else { return }
    announce(&step, into: &log)
    var line = step.partial[...]
    step.partial = []
    if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
    // A bare carriage return is a progress bar's: what it draws over is not shown.
    if let bar = line.lastIndex(of: UInt8(ascii: "\r")) { line = line[(bar + 1)...] }
    let took = Self.span(from: step.started, to: time)
    log += Array("#\(step.number) \(Self.seconds(took, digits: 3)) ".utf8) + line
    log.append(UInt8(ascii: "\n"))
    step.lastLines.append(String(decoding: line, as: UTF8.self))
    if step.lastLines.count > Self.keptLines { step.lastLines.removeFirst() }
    steps[digest] = step
  }

  private mutating func step(_ digest: String, named name: String?) -> Step? {
    if var step = steps[digest] {
      if let name, !step.isAnnounced { step.name = name }
      return step
    }
    guard steps.count < Self.stepLimit else { return nil }
    let step = Step(name: name ?? "(a step without a name)")
    steps[digest] = step
    return step
  }

  // MARK: Text

  /// Seconds; nil if either is no time. Times come within a day of each other, so the day is left out.
  private static func span(from start: String?, to end: String?) -> Int? {
    guard let start = start.flatMap(milliseconds), let end = end.flatMap(milliseconds) else {
      return nil
    }
    let day = 86_400_000
    return (end - start + day) % day
  }

  /// Of the day, from `2026-11-27T19:12:57.979016992Z`.
  private static func milliseconds(_ text: String) -> Int? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T") else { return nil }
    func number(_ range: Range<Int>) -> Int? {
      bytes[range].reduce(0) { total, byte in
        guard let total, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        return total * 10 + Int(byte - UInt8(ascii: "0"))
      }
    }
    guard let hours = number(11..<13), let minutes = number(14..<16),
      let seconds = number(17..<19)
    else { return nil }
    var fraction = 0
    if bytes[19] == UInt8(ascii: ".") {
      var weight = 100
      for byte in bytes[20...].prefix(3) {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { break }
        fraction += Int(byte - UInt8(ascii: "0")) * weight
        weight /= 10
      }
    }
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + fraction
  }

  /// `1.5`, `0.376`.
  private static func seconds(_ milliseconds: Int?, digits: Int) -> String {
    let milliseconds = milliseconds ?? 0
    let padded = String(1000 + milliseconds % 1000).dropFirst()
    return "\(milliseconds / 1000).\(padded.prefix(digits))"
  }

  private static func megabytes(_ bytes: Int64) -> String {
    bytes < 1_000_000
      ? "\(max(1, bytes / 1000))kB" : "\(bytes / 1_000_000).\(bytes % 1_000_000 / 100_000)MB"
  }
}
