import DeployModel
package import Logging
import Posix
import Synchronization

/// A bare copy of one remote: its whole history, its files on demand.
///
/// A cache, safe to lose: `fetch` makes it where it is absent and makes it anew where it is
/// damaged. What the remote has stands under `refs/mirror/`, what `pin` keeps under
/// `refs/slipway/`; nothing under `refs/heads/`, so a push can race with no ref of ours. The
/// directory belongs to one `Mirror` of one process.
package final class Mirror: Sendable {
  package let directory: String
  /// What stands in the directory's configuration. Another url, after an exchange, is told to each
  /// command on its own: the file is never written beneath a command that runs.
  let configuredURL: String
  private let remoteInForce: Mutex<GitRemote>
  private let signerInForce: Mutex<CommitSigner?>
  let git: GitProgram
  let logger: Logger
  let reader: ObjectReader

  struct State {
    /// The directory was looked at in this process's life.
    var isPrepared = false
    /// A command found it damaged.
    var isSuspect = false
    /// The remote gives no single files: none is left out of a fetch.
    var isWhole = false
    /// Counts rebuilds, so that one that was wanted twice happens once.
    var generation = 0
    /// Heads that `write` made, and what they were put onto; the newest last.
    var written: [(head: CommitSHA, base: CommitSHA)] = []
    var fetches: [BranchName: SharedRun<CommitSHA?>] = [:]
  }

  let state = Mutex(State())
  let preparation = SharedRun<Void>()
  let rebuilding = SharedRun<Void>()
  let completion = SharedRun<Void>()

  /// - Parameter signer: of every commit that is made here; nil: they are not signed.
  package init(
    directory: String, remote: GitRemote, git: GitProgram, signer: CommitSigner? = nil,
    logger: Logger
  ) {
    self.directory = directory
    signerInForce = Mutex(signer)
    configuredURL = remote.url
    remoteInForce = Mutex(remote)
    self.git = git
    self.logger = logger
    reader = ObjectReader(git: git, repository: directory)
  }

  package var remote: GitRemote { remoteInForce.withLock { $0 } }

  package var signer: CommitSigner? { signerInForce.withLock { $0 } }

  /// Operations that have begun end with the remote that they began with. What was fetched stays
  /// until the next fetch.
  package func exchange(remote: GitRemote) { remoteInForce.withLock { $0 = remote } }

  package func exchange(signer: CommitSigner?) { signerInForce.withLock { $0 = signer } }
}

extension Mirror {
  /// A command that asks nobody.
  func local(
    _ arguments: [String], environment: [String: String] = [:], input: [UInt8] = [],
    outputLimit: Int = 16 << 20
  ) async throws(GitError) -> ChildResult {
    try await git.run(
      arguments, in: directory, environment: environment, input: input,
      deadline: git.deadlines.local, outputLimit: outputLimit)
  }

  /// Its standard output; any status but 0 is an error.
  func succeed(
    _ arguments: [String], environment: [String: String] = [:], input: [UInt8] = [],
    outputLimit: Int = 16 << 20
  ) async throws(GitError) -> [UInt8] {
    let result = try await local(
      arguments, environment: environment, input: input, outputLimit: outputLimit)
    guard result.succeeded else { throw failure(of: arguments, result) }
    return result.output
  }

  func failure(of arguments: [String], _ result: ChildResult) -> GitError {
    noted(
      GitComplaint(result.errorOutput, redacting: .none)
        .localFailure(of: GitProgram.verb(of: arguments)))
  }

  /// Remembers damage, so that the next fetch mends it.
  func noted(_ error: GitError) -> GitError {
    if case .corruptMirror = error { state.withLock { $0.isSuspect = true } }
    return error
  }

  func ask(_ questions: [ObjectQuestion]) async throws(GitError) -> [ObjectReply] {
    do {
      return try await reader.ask(questions)
    } catch {
      throw noted(error)
    }
  }

  func ask(_ question: ObjectQuestion) async throws(GitError) -> ObjectReply {
    do {
      return try await reader.ask(question)
    } catch {
      throw noted(error)
    }
  }

  /// A command that talks to the remote, with its credentials. A refused token is asked for anew,
  /// once, and only another token is tried.
  func ask(
    remote arguments: [String], in repository: String? = nil, input: [UInt8] = [],
    deadline: Duration
  ) async throws(GitError) -> (result: ChildResult, complaint: GitComplaint) {
    let remote = remote
    let access = try await remote.access(afterRefusal: false)
    let first = try await run(arguments, in: repository, remote, access, input, deadline)
    guard !first.result.succeeded, let token = access.token,
      case .authentication = first.complaint.remoteFailure()
    else { return first }
    let renewed = try await remote.access(afterRefusal: true)
    guard renewed.token != token else { return first }
    return try await run(arguments, in: repository, remote, renewed, input, deadline)
  }

  private func run(
    _ arguments: [String], in repository: String?, _ remote: GitRemote, _ access: GitAccess,
    _ input: [UInt8], _ deadline: Duration
  ) async throws(GitError) -> (result: ChildResult, complaint: GitComplaint) {
    var environment = git.network.merging(access.environment) { _, ours in ours }
    var settings = access.settings
    if remote.url != configuredURL {
      try GitRemote.check(url: remote.url)
      settings.append((key: "url.\(remote.url).insteadOf", value: configuredURL))
    }
    environment.merge(GitProgram.environment(settings: settings)) { _, ours in ours }
    environment["GIT_ALLOW_PROTOCOL"] = remote.protocolName
    let start = ContinuousClock.now
    let result = try await git.run(
      arguments, in: repository ?? directory, environment: environment, input: input,
      deadline: deadline)
    logger.debug(
      "git talked to its remote",
      metadata: [
        "command": "\(GitProgram.verb(of: arguments))", "remote": "\(remote.url)",
        "status": "\(result.status)", "took": "\(ContinuousClock.now - start)",
      ])
    return (result, GitComplaint(result.errorOutput, redacting: access.redaction))
  }
}
