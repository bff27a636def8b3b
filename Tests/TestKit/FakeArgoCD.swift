package import DeployModel
import Dispatch
import Foundation
import Synchronization

/// Argo CD's REST API on a loopback port, as far as Slipway calls it: it shows what a test says of its
/// applications, streams what changes, refuses what Argo CD would refuse, and can be made to fail.
/// What it answers, and what it is asked, is held to the published description.
package final class FakeArgoCD: Sendable {
  /// How every call is answered, instead of as it should be.
  package enum Trouble: Sendable {
    case answer(Int, String)
    case hangUp
    case silence
  }

  struct Listener: Sendable {
    /// Nil: a stream of applications.
    var application: String?
    var projects: [String]
    var isServerSent: Bool
    var lines: [String] = []
    var isCut = false
    let wake = DispatchSemaphore(value: 0)
  }

  struct State {
    var applications: [String: FakeApplication] = [:]
    var version: Int64 = 481_600
    var calls: [String] = []
    var violations: [String] = []
    var trouble: Trouble?
    /// Of refreshes alone.
    var refreshTrouble: Trouble?
    var refusesStreams = false
    var mutesStreams = false
    var listeners: [Int: Listener] = [:]
    var nextListener = 0
    /// When each `refresh` came in.
    var refreshes: [(name: String, at: Timestamp)] = []
  }

  let state = Mutex(State())
  let shapes: PublishedShapes
  private let server = Mutex<ScriptedServer?>(nil)

  package init() throws {
    shapes = try PublishedShapes.argoCD()
    let server = try ScriptedServer { [weak self] request in self?.answer(request) ?? .hangUp }
    self.server.withLock { $0 = server }
  }

  deinit {
    cutStreams()
    server.withLock { $0?.stop() }
  }

  package var url: String { server.withLock { $0?.url ?? "" } }
  /// `GET /api/v1/applications/backend?refresh=normal`, in their order.
  package var calls: [String] { state.withLock { $0.calls } }
  /// What was answered or asked otherwise than Argo CD's API describes.
  package var violations: [String] { state.withLock { $0.violations } }
  package var refreshes: [(name: String, at: Timestamp)] {
    state.withLock { $0.refreshes }
  }
  package var openStreams: Int { state.withLock { $0.listeners.count } }

  package func fail(with trouble: Trouble?) { state.withLock { $0.trouble = trouble } }
  /// How things stand is answered all the same.
  package func failRefreshes(with trouble: Trouble?) {
    state.withLock { $0.refreshTrouble = trouble }
  }
  /// They stay open, and tell nothing.
  package func muteStreams(_ mutes: Bool) { state.withLock { $0.mutesStreams = mutes } }
  package func refuseStreams(_ refuses: Bool) { state.withLock { $0.refusesStreams = refuses } }

  /// In the middle of a line, as a proxy that restarts does.
  package func cutStreams() {
    state.withLock { state in
      for id in state.listeners.keys {
        state.listeners[id]?.lines.append(#"{"result":{"type":"MODI"#)
        state.listeners[id]?.isCut = true
        state.listeners[id]?.wake.signal()
      }
    }
  }

  package func application(_ name: String) -> FakeApplication? {
    state.withLock { $0.applications[name] }
  }

  /// Puts it there if it is not; whoever listens hears of the change at once.
  package func show(_ name: String, _ change: (inout FakeApplication) -> Void) {
    state.withLock { state in
      var application = state.applications[name] ?? FakeApplication(name: name)
      let tree = application.tree
      let isNew = state.applications[name] == nil
      change(&application)
      state.version += 1
      application.version = state.version
      state.applications[name] = application
      tell(application, isNew ? "ADDED" : "MODIFIED", &state)
      if application.tree != tree { tell(treeOf: application, &state) }
    }
  }

  /// Only what pods do: the application itself stays as it is.
  package func showPods(of name: String, _ pods: [FakeApplication.Pod]) {
    state.withLock { state in
      guard var application = state.applications[name] else { return }
      application.pods = pods
      state.applications[name] = application
      tell(treeOf: application, &state)
    }
  }

  // MARK: Streams

  private func tell(_ application: FakeApplication, _ type: String, _ state: inout State) {
    let event: JSON = ["type": .string(type), "application": application.document]
    note(event, as: "v1alpha1ApplicationWatchEvent", &state)
    for (id, listener) in state.listeners
    where listener.application == nil
      && (listener.projects.isEmpty || listener.projects.contains(application.project))
    {
      send(["result": event], to: id, &state)
    }
  }

  private func tell(treeOf application: FakeApplication, _ state: inout State) {
    note(application.tree, as: "v1alpha1ApplicationTree", &state)
    for (id, listener) in state.listeners where listener.application == application.name {
      send(["result": application.tree], to: id, &state)
    }
  }

  private func send(_ object: JSON, to id: Int, _ state: inout State) {
    guard let listener = state.listeners[id], !state.mutesStreams else { return }
    let text = object.encoded()
    state.listeners[id]?.lines.append(listener.isServerSent ? "data: \(text) \n\n" : "\(text)\n")
    listener.wake.signal()
  }

  /// - Parameter application: whose resources; nil: a stream of applications.
  func stream(
    _ request: ScriptedServer.Request, of application: String?, query: [String: String]
  ) -> ScriptedServer.Answer {
    let isServerSent = request.headers["accept"] == "text/event-stream"
    let id = state.withLock { state -> Int in
      let id = state.nextListener
      state.nextListener += 1
      let projects = query["projects"].map { [$0] } ?? []
      state.listeners[id] = Listener(
        application: application, projects: projects, isServerSent: isServerSent)
      // The present state comes first, unless the client says what it knows.
      if application == nil, query["resourceVersion"] == nil {
        for shown in state.applications.values.sorted(by: { $0.name < $1.name })
        where projects.isEmpty || projects.contains(shown.project) {
          send(["result": ["type": "ADDED", "application": shown.document]], to: id, &state)
        }
      }
      return id
    }
    let kind = isServerSent ? "text/event-stream" : "application/json"
    return .live { [self] send in
      let head = "HTTP/1.1 200 OK\r\nContent-Type: \(kind)\r\nConnection: close\r\n\r\n"
      guard send(Array((head + (isServerSent ? ":\n" : "")).utf8)) else { return leave(id) }
      while let (lines, wake, isCut) = pending(id) {
        if !lines.isEmpty, !send(Array(lines.joined().utf8)) { break }
        if isCut { break }
        if lines.isEmpty, wake.wait(timeout: .now() + 5) == .timedOut, isServerSent,
          !send(Array(":\n".utf8))
        {
          break
        }
      }
      leave(id)
    }
  }

  private func pending(_ id: Int) -> (lines: [String], wake: DispatchSemaphore, isCut: Bool)? {
    state.withLock { state in
      guard let listener = state.listeners[id] else { return nil }
      state.listeners[id]?.lines = []
      return (listener.lines, listener.wake, listener.isCut)
    }
  }

  private func leave(_ id: Int) { state.withLock { _ = $0.listeners.removeValue(forKey: id) } }

  static func now() -> Timestamp {
    Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
  }

  /// Keeps what is not as the API describes it.
  func note(_ value: JSON, as definition: String, _ state: inout State) {
    state.violations += shapes.violations(of: value, as: definition)
  }
}
