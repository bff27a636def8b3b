import Posix
import Synchronization

/// Reads objects through one long-lived `git cat-file --batch-command`, since a process costs
/// more than the whole answer. It starts at the first question, and again after it died.
///
/// It never asks the remote: it runs without the promisor's configuration, so that a blob that a
/// blobless mirror lacks is `missing` at once, and without credentials.
final class ObjectReader: Sendable {
  /// R12: what one object may have, so that a huge file in a repository cannot fill our memory.
  static let objectLimit = 64 << 20

  /// Questions in one write: more might fill both pipes while nobody reads.
  private static let batch = 128

  private struct Job: Sendable {
    var questions: [ObjectQuestion]
    var waiter: CheckedContinuation<Result<[ObjectReply], GitError>, Never>
  }

  private struct State {
    var inbox: AsyncStream<Job>.Continuation?
    var generation = 0
  }

  private let git: GitProgram
  private let repository: String
  private let state = Mutex(State())

  init(git: GitProgram, repository: String) {
    self.git = git
    self.repository = repository
  }

  deinit { stop() }

  /// Ends the process once it has answered what was asked before.
  func stop() {
    let inbox = state.withLock { $0.inbox.take() }
    inbox?.finish()
  }

  /// One reply per question, in order.
  func ask(_ questions: [ObjectQuestion]) async throws(GitError) -> [ObjectReply] {
    var replies: [ObjectReply] = []
    var rest = questions[...]
    while !rest.isEmpty {
      if Task.isCancelled { throw .cancelled }
      let batch = Array(rest.prefix(Self.batch))
      rest = rest.dropFirst(batch.count)
      replies += try await exchange(batch)
    }
    return replies
  }

  func ask(_ question: ObjectQuestion) async throws(GitError) -> ObjectReply {
    let replies = try await ask([question])
    guard let reply = replies.first else { throw .failed("git cat-file gave no answer") }
    return reply
  }

  /// A process that was killed, or died of what it read, gets one successor per question.
  private func exchange(_ questions: [ObjectQuestion]) async throws(GitError) -> [ObjectReply] {
    do {
      return try await submit(questions)
    } catch .failed {
      return try await submit(questions)
    }
  }

  private func submit(_ questions: [ObjectQuestion]) async throws(GitError) -> [ObjectReply] {
    let result = await withCheckedContinuation { waiter in
      let job = Job(questions: questions, waiter: waiter)
      state.withLock { state in
        let inbox = state.inbox ?? start(&state)
        if case .terminated = inbox.yield(job) {
          _ = start(&state).yield(job)
        }
      }
    }
    return try result.get()
  }

  private func start(_ state: inout State) -> AsyncStream<Job>.Continuation {
    let (jobs, inbox) = AsyncStream<Job>.makeStream()
    state.inbox = inbox
    let child = git.command(
      ["cat-file", "--batch-command", "-z"], in: repository, deadline: git.deadlines.local,
      outputLimit: 1 << 20)
    // Holds the stream, not the reader: the reader's end is what ends the stream.
    Task { await Self.serve(jobs, inbox, with: child) }
    return inbox
  }

  private static func serve(
    _ jobs: AsyncStream<Job>, _ inbox: AsyncStream<Job>.Continuation, with child: ChildProcess
  ) async {
    let pending = Mutex<Job?>(nil)
    var failure = GitError.failed("git cat-file ended before it had answered")
    do {
      let result = try await child.converse { (conversation) throws(ChildError) in
        var parser = ObjectReplyParser(limit: objectLimit)
        for await job in jobs {
          pending.withLock { $0 = job }
          let outcome: Result<[ObjectReply], GitError>
          do throws(ChildError) {
            outcome = try await answer(job.questions, &conversation, &parser)
          } catch .ended {
            // Its status and its last words say more.
            return
          }
          pending.withLock { $0 = nil }
          job.waiter.resume(returning: outcome)
          // An answer that could not be read leaves nothing to be trusted after it.
          if case .failure = outcome { return }
        }
      }
      let complaint = GitComplaint(result.errorOutput, redacting: .none)
      if !result.succeeded { failure = complaint.localFailure(of: "cat-file") }
    } catch {
      failure = GitError(error, doing: "cat-file")
    }
    inbox.finish()
    let unanswered = pending.withLock { $0.take() }
    unanswered?.waiter.resume(returning: .failure(failure))
    for await job in jobs {
      job.waiter.resume(returning: .failure(.failed("git cat-file ended before it was asked")))
    }
  }

  private static func answer(
    _ questions: [ObjectQuestion], _ conversation: inout ChildConversation,
    _ parser: inout ObjectReplyParser
  ) async throws(ChildError) -> Result<[ObjectReply], GitError> {
    try await conversation.send(questions.flatMap(\.line))
    var replies: [ObjectReply] = []
    replies.reserveCapacity(questions.count)
    for question in questions {
      while true {
        do throws(GitError) {
          if let reply = try parser.next(answering: question) {
            replies.append(reply)
            break
          }
        } catch {
          return .failure(error)
        }
        guard let bytes = try await conversation.receive() else {
          throw .ended("git")
        }
        parser.append(bytes)
      }
    }
    return .success(replies)
  }
}
