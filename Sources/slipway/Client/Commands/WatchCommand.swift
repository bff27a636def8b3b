import APIClient
import ArgumentParser

/// `slipway watch [SERVICE|ID]`
struct WatchCommand: ClientCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Show what happens, as it happens.",
    discussion: """
      Everything, or one service, until Ctrl-C; or one deployment until its end, and then exits \
      with 1 unless it is live (or committed). On a terminal what is in flight stands at the end, \
      drawn again as it moves; otherwise each change is a line. With --json each event is a line: \
      {"event", "id", "data"}.
      """)

  @Argument(
    help: ArgumentHelp("A service or a deployment.", valueName: "service-or-id"),
    completion: .services)
  var name: String?

  @OptionGroup var server: ServerOptions

  func run(_ session: Session) async throws {
    let presentation: Watcher.Presentation =
      session.printsJSON ? .json : session.screen.isTerminal ? .live : .lines
    switch try await subject(session) {
    case .deployment(let id, let service):
      try await WaitingOptions.followToTheEnd(
        id, of: service, session, limit: nil, presentation: presentation)
    case let subject:
      do {
        _ = try await Watcher(session, subject, presentation).run()
      } catch is Watcher.NobodyReads {
        // That was all that was wanted.
      }
    }
  }

  /// A service may be called `api-2`, as a deployment of `api` is.
  private func subject(_ session: Session) async throws(APIFailure) -> Watcher.Subject {
    guard let name else { return .everything }
    do throws(APIFailure) {
      return .service(try await session.api.service(name).value.name)
    } catch {
      guard case .refused(let refusal) = error, refusal.problem.status == 404 else { throw error }
      do throws(APIFailure) {
        let deployment = try await session.api.deployment(name).value
        return .deployment(id: deployment.id, service: deployment.service)
      } catch let second {
        if case .refused(let other) = second, other.problem.status == 404 { throw error }
        throw second
      }
    }
  }
}
