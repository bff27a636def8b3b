import Foundation
import Synchronization

/// A receiver of notifications, over HTTP: notes what it takes, and answers as a test says.
package final class HookReceiver: Sendable {
  package struct Taken: Hashable, Sendable {
    /// The event's, for CloudEvents.
    package var id: String
    /// `backend-1 committed`; of a chat's message its text.
    package var line: String
    package var body: [UInt8]
    package var signature: String?
  }

  private final class Book: Sendable {
    struct State {
      var taken: [Taken] = []
      var attempts: [String] = []
      var next: [ScriptedServer.Answer] = []
      var outage: ScriptedServer.Answer?
    }

    let state = Mutex(State())

    func answer(_ request: ScriptedServer.Request) -> ScriptedServer.Answer {
      let event = Book.event(request)
      return state.withLock { state in
        state.attempts.append(event.line)
        if let outage = state.outage { return outage }
        if !state.next.isEmpty { return state.next.removeFirst() }
        state.taken.append(event)
        return .response(204)
      }
    }

    private static func event(_ request: ScriptedServer.Request) -> Taken {
      struct Event: Decodable {
        struct Step: Decodable { var state: String }
        var id: String?
        var subject: String?
        var data: Step?
        var text: String?
      }
      var line = "unreadable"
      var id = ""
      do {
        let event = try JSONDecoder().decode(Event.self, from: Data(request.body))
        id = event.id ?? ""
        line = event.text ?? "\(event.subject ?? "") \(event.data?.state ?? "")"
      } catch {
        // The line says so.
      }
      return Taken(
        id: id, line: line, body: request.body,
        signature: request.headers["x-slipway-signature-256"])
    }
  }

  private let book = Book()
  private let server: ScriptedServer

  package init() throws {
    server = try ScriptedServer { [book] in book.answer($0) }
  }

  deinit { server.stop() }

  package var url: String { "\(server.url)/hook?key=s3cret-key-of-the-address" }
  /// What was answered 204, in order.
  package var taken: [Taken] { book.state.withLock { $0.taken } }
  package var lines: [String] { taken.map(\.line) }
  /// Everything that was sent, taken or not.
  package var attempts: [String] { book.state.withLock { $0.attempts } }

  /// The next calls end so, one each.
  package func answer(_ answers: ScriptedServer.Answer...) {
    book.state.withLock { $0.next += answers }
  }

  /// All calls do, until it is taken away.
  package func answerAll(with outage: ScriptedServer.Answer?) {
    book.state.withLock { $0.outage = outage }
  }
}
