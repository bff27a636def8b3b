import APIClient
import ArgumentParser
import DeployModel

/// Whether a command that makes a deployment also sees it through.
struct WaitingOptions: ParsableArguments {
  @Flag(help: "Wait for the end; exit with 1 unless it is live (or committed).")
  var wait = false

  @Option(help: "Wait so long at most, such as 10m; implies --wait.")
  var timeout: String?

  var isWanted: Bool { wait || timeout != nil }

  func validate() throws {
    if let timeout, DurationText.parse(timeout).map({ $0 <= .zero }) ?? true {
      throw ValidationError("--timeout takes a duration such as 90s, 10m or 2h, not '\(timeout)'")
    }
  }

  /// Says what was made, and waits for its end if that is wanted.
  func report(_ answer: Answer<DeploymentRecord>, _ session: Session) async throws {
    let made = answer.value
    guard isWanted else {
      session.show(answer) { _ in [WatchModel.line(made)] }
      if session.screen.isTerminal, !session.printsJSON, !made.isOver {
        session.screen.show(StyledText("To follow it: slipway watch \(made.id)", .dim))
      }
      return
    }
    try await Self.followToTheEnd(
      made.id, of: made.service, session, limit: timeout.flatMap(DurationText.parse),
      presentation: session.printsJSON ? .end : session.screen.isTerminal ? .live : .lines)
  }

  /// Throws `ExitCode(1)` where it did not end well, or was not seen to.
  static func followToTheEnd(
    _ id: String, of service: String, _ session: Session, limit: Duration?,
    presentation: Watcher.Presentation
  ) async throws {
    let end: DeploymentRecord
    do {
      end = try await Watcher(
        session, .deployment(id: id, service: service), presentation, limit: limit
      ).run()
    } catch let timeIsUp as Watcher.TimeIsUp {
      let state = timeIsUp.deployment.map { "still \($0.state)" } ?? "not seen to end"
      Terminal.error("Error: \(id) is \(state) after \(limit.map(TimeText.length) ?? "a while").")
      throw ExitCode(1)
    } catch is Watcher.NobodyReads {
      Terminal.error("Error: \(id) was not seen to end: what is said of it is not read any more.")
      throw ExitCode(1)
    }
    guard !end.isDone else { return }
    Terminal.error(failure(of: end).map { StyledText($0).text }.joined(separator: "\n"))
    throw ExitCode(1)
  }

  /// What became of it instead, and where to look.
  static func failure(of end: DeploymentRecord) -> [String] {
    switch end.state {
    case "failed":
      let failure = end.failure.map { " while \($0.stage): \($0.message)" } ?? ""
      let isBuild = ["building", "publishing"].contains(end.failure?.stage)
      let look = isBuild ? "slipway logs \(end.id)" : "slipway show \(end.id)"
      return ["Error: \(end.id) failed\(failure).", "To see more: \(look)"]
    case "superseded":
      let by = end.supersededBy.map { " by \($0)" } ?? ""
      return ["Error: \(end.id) was superseded\(by).", "To see why: slipway show \(end.id)"]
    default:
      return ["Error: \(end.id) was \(end.state).", "To see why: slipway show \(end.id)"]
    }
  }
}
