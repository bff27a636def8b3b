import APIClient
import DeployModel
import HTTPClient

/// Watches until Ctrl-C, or one deployment until its end.
struct Watcher {
  enum Subject: Sendable {
    case everything
    case service(String)
    case deployment(id: String, service: String)
  }

  enum Presentation: Sendable {
    /// A block that is drawn again, below what is over.
    case live
    /// A line for each change.
    case lines
    /// A line of JSON for each event.
    case json
    /// How it ended, as JSON: somebody waits for the end alone.
    case end
  }

  var session: Session
  var subject: Subject
  var presentation: Presentation
  /// How long a deployment is waited for; nil: for ever.
  var limit: Duration?
  private var model: WatchModel
  private var live = LiveScreen()
  private var hasBegun = false

  /// Of what happened while the connection was lost, so many are told afterwards.
  private static let page = 100
  private static let pauses: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8)]

  init(_ session: Session, _ subject: Subject, _ presentation: Presentation, limit: Duration? = nil)
  {
    self.session = session
    self.subject = subject
    self.presentation = presentation
    self.limit = limit
    model = WatchModel(tellsEveryState: presentation == .lines)
  }

  struct TimeIsUp: Error {
    var deployment: DeploymentRecord?
  }

  /// Whoever read it has gone, as `head` does.
  struct NobodyReads: Error {}

  /// Returns the deployment that was watched, when it is over.
  func run() async throws -> DeploymentRecord {
    let watching = Task {
      var watcher = self
      do {
        return try await watcher.watch()
      } catch {
        throw Task.isCancelled ? TimeIsUp(deployment: watcher.watched) : error
      }
    }
    let timer = limit.map { limit in
      Task {
        try await Task.sleep(for: limit)
        watching.cancel()
      }
    }
    defer { timer?.cancel() }
    return try await watching.value
  }

  private mutating func watch() async throws -> DeploymentRecord {
    let end = try await seeThrough()
    if presentation == .end {
      let answer = try await session.api.deployment(end.id)
      Terminal.line(String(decoding: answer.json, as: UTF8.self))
    }
    return end
  }

  private mutating func seeThrough() async throws -> DeploymentRecord {
    let services: [String] =
      switch subject {
      case .everything: []
      case .service(let name), .deployment(_, let name): [name]
      }
    // What has ended already needs no stream, and its service may be gone from the configuration.
    if isAboutOne { try await askForEverything() }
    if let watched, watched.isOver { return watched }
    let beats = Beats(session.api, services: services, ticks: presentation == .live)
    for await beat in beats.stream {
      switch beat {
      case .notice(let notice): try await take(notice)
      case .failed(let failure): throw failure
      case .tick: try draw([])
      }
      if let watched, watched.isOver { return watched }
      beats.taken(beat)
    }
    throw APIFailure.noAnswer(.cancelled)
  }

  private var watched: DeploymentRecord? {
    guard case .deployment(let id, _) = subject else { return nil }
    return model.deployments[id]
  }

  private mutating func take(_ notice: EventFeed.Notice) async throws {
    switch notice {
    case .open(let isResumed):
      model.trouble = nil
      // The stream is open: what changes from here on is heard, so asking now misses nothing.
      if !isResumed { try await askForEverything() }
      try draw([])
    case .event(let event): try await take(event)
    case .lost(let failure, let pause):
      let reason = failure.map { FailureText.reason($0) } ?? "the server ended the stream"
      model.trouble = "not connected: \(reason); trying again in \(TimeText.whole(pause))"
      if presentation == .lines, let trouble = model.trouble { Terminal.error(trouble) }
      try draw([])
      // Where no stream can be had, one deployment can still be asked for.
      if failure != nil, case .deployment(let id, _) = subject { try await poll(id) }
    }
  }

  private mutating func take(_ event: ServerEvent) async throws {
    try print(event: event.name, id: event.id, data: event.json)
    switch event.content {
    case .deployment(let deployment) where concerns(deployment.id):
      try draw(model.hear(deployment))
    case .service(let service): try draw(isAboutOne ? [] : model.hear(service))
    case .delivery(let delivery): try draw(isAboutOne ? [] : model.hear(delivery))
    case .reset: try await askForEverything()
    case .deployment, .other: break
    }
  }

  private var isAboutOne: Bool {
    if case .deployment = subject { true } else { false }
  }

  private func concerns(_ id: String) -> Bool {
    if case .deployment(let wanted, _) = subject { id == wanted } else { true }
  }

  // MARK: Asking

  /// Asked again where a server that has just come back cannot answer yet.
  private mutating func askForEverything() async throws {
    var pauses = Self.pauses[...]
    while true {
      do {
        return try await askOnce()
      } catch let failure as APIFailure {
        guard failure.isPassing, let pause = pauses.popFirst() else { throw failure }
        try await Task.sleep(for: pause)
      }
    }
  }

  private mutating func askOnce() async throws {
    switch subject {
    case .deployment(let id, _):
      let answer = try await session.api.deployment(id)
      try print(event: "deployment", id: nil, data: String(decoding: answer.json, as: UTF8.self))
      try draw(model.hear(answer.value))
    case .service(let name):
      let service = try await session.api.service(name).value
      try catchUp(with: try await recent(of: name), services: [service])
    case .everything:
      let services = try await session.api.services().value.items
      try catchUp(with: try await recent(of: nil), services: services)
    }
  }

  /// At first that is how things are; after a gap, what is new of it is news.
  private mutating func catchUp(
    with deployments: [DeploymentRecord], services: [ServiceRecord]
  ) throws(NobodyReads) {
    guard hasBegun else {
      hasBegun = true
      model.begin(with: deployments, services: services)
      return
    }
    try draw(deployments.flatMap { model.hear($0) } + services.flatMap { model.hear($0) })
  }

  /// What is in flight and what ended last, oldest first.
  private func recent(of service: String?) async throws(APIFailure) -> [DeploymentRecord] {
    let newest = try await session.api.deployments(of: service, limit: Self.page).value.items
    let inFlight = try await InFlight.deployments(session.api, of: service)
    let all = InFlight.byID(newest + inFlight).values
    return all.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
  }

  private mutating func poll(_ id: String) async throws {
    let deployment: DeploymentRecord
    do throws(APIFailure) {
      deployment = try await session.api.deployment(id).value
    } catch {
      guard error.isPassing else { throw error }
      return
    }
    try draw(model.hear(deployment))
  }

  // MARK: Showing

  private mutating func draw(_ news: [StyledText]) throws(NobodyReads) {
    switch presentation {
    case .end, .json: return
    case .lines: guard session.screen.show(news) else { throw NobodyReads() }
    case .live:
      // The window may have been made wider or narrower since.
      let screen = Screen.standardOutput(environment: session.environment)
      let isOver = watched?.isOver ?? false
      let block =
        isOver
        ? []
        : model.block(
          footer: footer, width: screen.width.map { $0 - 1 }, height: screen.height,
          now: SystemWallClock().now())
      let text = live.text(adding: news, block: block, inColour: screen.inColour)
      guard Terminal.write(text, to: 1) else { throw NobodyReads() }
    }
  }

  private var footer: String {
    switch subject {
    case .everything: "watching \(session.api.address); Ctrl-C ends this"
    case .service(let name): "watching \(name); Ctrl-C ends this"
    case .deployment: "Ctrl-C ends the watching, not the deployment"
    }
  }

  private func print(event: String, id: String?, data: String) throws(NobodyReads) {
    guard presentation == .json else { return }
    let id = id.map { "\"id\":\(Self.quoted($0))," } ?? ""
    guard Terminal.line("{\"event\":\(Self.quoted(event)),\(id)\"data\":\(data)}") else {
      throw NobodyReads()
    }
  }

  /// RFC 8259 section 7, for what holds no controls.
  private static func quoted(_ text: String) -> String {
    let plain = StyledText(text).text
    return "\"" + plain.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
