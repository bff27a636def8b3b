import CPosix
@preconcurrency import Dispatch
import Synchronization

/// The executor of one reactor: takes what is to run there, and ends the loop's sleep for it.
///
/// The loop is a job of the actor that does not return before `shutDown`, on a serial queue, which
/// is how Dispatch lends a thread. A source that watched the epoll set would be woken by Dispatch's
/// manager thread and wake a worker in turn: two switches of thread for each turn. And outside a
/// job the runtime does not know the actor for the current executor, so that every task that a
/// handler starts would resume by way of the global pool (`docs/decisions/0019`).
///
/// A task executor as well: a continuation always resumes where its task prefers to run, and only
/// then goes to the actor that waits for it. For a task that prefers this loop both are one step.
package final class ReactorLoop: SerialExecutor, TaskExecutor {
  private enum Work: Sendable {
    case job(UnownedJob)
    case call(@Sendable () -> Void)
  }

  private enum Mode: Sendable {
    /// Before the loop and after it: each piece of work is a block on the queue.
    case blocks
    case awake
    /// It waits, or is about to: whoever brings work has to wake it.
    case asleep
  }

  private struct State: Sendable {
    var work: [Work] = []
    /// Empty: the storage of the batch before.
    var spare: [Work] = []
    var mode = Mode.blocks
  }

  private let state = Mutex(State())
  private let queue: DispatchQueue
  private let alarm: OwnedDescriptor
  private static let owner = DispatchSpecificKey<ObjectIdentifier>()
  /// No registration has this token: its index is beyond any slot.
  private static let alarmToken = UInt64.max

  init(label: String, epoll: EpollSet) throws(PosixError) {
    let number = slipway_eventfd()
    guard number >= 0 else { throw .last("eventfd") }
    alarm = OwnedDescriptor(owning: number)
    try epoll.add(number, [.reading, .edges], token: Self.alarmToken)
    queue = DispatchQueue(label: label)
    queue.setSpecific(key: Self.owner, value: ObjectIdentifier(self))
  }

  package func enqueue(_ job: consuming ExecutorJob) { add(.job(UnownedJob(job))) }

  /// Runs `body` on the loop soon, in the order of the calls.
  func perform(_ body: @escaping @Sendable () -> Void) { add(.call(body)) }

  package func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }

  package func isIsolatingCurrentContext() -> Bool? {
    DispatchQueue.getSpecific(key: Self.owner) == ObjectIdentifier(self)
  }

  // MARK: For the loop alone

  func begin() { state.withLock { $0.mode = .awake } }

  /// Waits for events, work, or `deadline`; fills `events` and says how many.
  func wait(
    on epoll: EpollSet, for events: inout [slipway_event], until deadline: MonotonicTime?
  ) -> Int {
    let mayWait = state.withLock { state in
      guard state.work.isEmpty else { return false }
      state.mode = .asleep
      return true
    }
    return epoll.wait(for: &events, until: mayWait ? deadline : MonotonicTime(nanoseconds: 0))
  }

  /// Runs what had come when the wait ended; what comes meanwhile has its turn after the next.
  func runWork() {
    var batch = state.withLock { state in
      state.mode = .awake
      var batch: [Work] = []
      swap(&batch, &state.work)
      swap(&state.work, &state.spare)
      return batch
    }
    for work in batch { run(work) }
    batch.removeAll(keepingCapacity: true)
    state.withLock { swap(&$0.spare, &batch) }
  }

  /// Gives the thread back.
  func end() {
    let left = state.withLock { state in
      state.mode = .blocks
      return state.work.count
    }
    for _ in 0..<left { runOneOnQueue() }
  }

  private func add(_ work: Work) {
    let mode = state.withLock { state in
      state.work.append(work)
      defer { if state.mode == .asleep { state.mode = .awake } }
      return state.mode
    }
    switch mode {
    case .blocks: runOneOnQueue()
    case .awake: break
    // Only a full counter could fail, and the loop is awake then.
    case .asleep: _ = slipway_eventfd_signal(alarm.number)
    }
  }

  /// One block for each piece of work. The loop, once begun, takes what is left: their blocks find
  /// nothing.
  private func runOneOnQueue() {
    queue.async { @Sendable [self] in
      let work = state.withLock { $0.work.isEmpty ? nil : $0.work.removeFirst() }
      if let work { run(work) }
    }
  }

  private func run(_ work: Work) {
    switch work {
    case .job(let job):
      job.runSynchronously(
        isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
    case .call(let body): body()
    }
  }
}
