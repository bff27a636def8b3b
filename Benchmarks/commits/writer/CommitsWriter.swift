import DeployModel
import Git
import Glibc
import Logging
import Manifests
import Store

/// Slipway's writer with its store, without the rest: edits of many builds that end together.
///
///     commits-writer URL STATE SERVICES SOURCE…
///
/// Makes one deployment per service and source, up to where its image is published; says `ready`,
/// waits for a line, submits all of them at once, and says in JSON what became of them. The clock
/// stops when the last one is in the record.
@main
struct CommitsWriter {
  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    guard arguments.count >= 4, let count = Int(arguments[2]) else {
      throw Malformed(what: "usage: commits-writer URL STATE SERVICES SOURCE…")
    }
    let (url, state) = (arguments[0], arguments[1])
    let clock = SystemClock()
    let store = try SQLiteStore(directory: state)
    let builds = try Builds(services: count, store: store, clock: clock)
    let logger = Logger(label: "commits-writer", factory: { _ in SwiftLogNoOpLogHandler() })
    let mirror = Mirror(
      directory: "\(state)/mirror.git", remote: GitRemote(url: url), git: GitProgram(),
      logger: logger)
    let writer = ManifestWriter(
      target: builds.target, mirror: mirror, sourceMirror: { _ in nil },
      author: try parsed("slipway") { GitIdentity(name: $0, email: "slipway@example.com") },
      record: Record(store: store, clock: clock), clock: clock, logger: logger)
    // The pushes that triggered the builds were fetched when they were evaluated.
    _ = try await mirror.fetch(builds.target.branch)
    let edits = try await builds.ready(
      from: arguments.dropFirst(3).map { text in try parsed(text) { CommitSHA($0) } })
    print("ready")
    fflush(nil)
    _ = readLine()

    let start = ContinuousClock.now
    let outcomes = try await withThrowingTaskGroup(of: WriteOutcome.self) {
      group -> [WriteOutcome] in
      for edit in edits {
        group.addTask {
          let outcome = await writer.submit(edit)
          try await builds.record(outcome, of: edit)
          return outcome
        }
      }
      var outcomes: [WriteOutcome] = []
      for try await outcome in group { outcomes.append(outcome) }
      return outcomes
    }
    let took = ContinuousClock.now - start
    var (landed, superseded) = (0, 0)
    for outcome in outcomes {
      switch outcome {
      case .landed: landed += 1
      case .superseded: superseded += 1
      default: break
      }
    }
    print(
      """
      {"seconds": \(took / .seconds(1)), "landed": \(landed), "superseded": \(superseded)}
      """)
  }
}
