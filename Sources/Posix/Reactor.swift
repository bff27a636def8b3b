import CPosix
@preconcurrency import Dispatch

/// What a reactor tells about one descriptor. Both calls come on the reactor.
package protocol ReactorHandler: AnyObject {
  func ready(_ readiness: Readiness, on reactor: isolated Reactor)
  func deadlineReached(on reactor: isolated Reactor)
}

/// One serial queue that many descriptors share.
///
/// It owns one epoll set, and one Dispatch source watches that set. Sources per connection are
/// fragile on Linux: one that is closed before its cancellation leaves the next user of its number
/// deaf, hang-up is told once only, releasing a suspended one traps, and libdispatch #949 is open.
/// Deadlines lie in one heap, driven by one timer.
package actor Reactor {
  /// Names one registered handler for good; a reused slot has another generation.
  package struct Registration: Hashable, Sendable {
    let token: UInt64
    var index: Int { Int(truncatingIfNeeded: token & 0xFFFF_FFFF) }
    var generation: UInt32 { UInt32(truncatingIfNeeded: token >> 32) }
  }

  private struct Slot {
    var generation: UInt32 = 0
    var handler: (any ReactorHandler)?
    var descriptor: CInt = -1
    var deadline: MonotonicTime?
    /// When the heap will next look at this slot: at or before `deadline`.
    var scheduled: MonotonicTime?
  }

  package nonisolated let executor: QueueExecutor
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  private let epoll: EpollSet
  private let sources: ActiveSources
  private var slots: [Slot] = []
  private var freeSlots: [Int] = []
  private var heap = DeadlineHeap()
  private var armed: MonotonicTime?
  private var events = [slipway_event](repeating: slipway_event(), count: 64)

  /// How often one turn looks at the epoll set before it lets the queue's other jobs run.
  private static let roundsPerTurn = 16

  package init(label: String) throws(PosixError) {
    let executor = QueueExecutor(label: label)
    let epoll = try EpollSet()
    let sources = ActiveSources(epoll: epoll, queue: executor.queue)
    self.executor = executor
    self.epoll = epoll
    self.sources = sources
    sources.start(
      onReady: { [weak self] in self?.assumeIsolated { $0.drain() } },
      onTimer: { [weak self] in self?.assumeIsolated { $0.runDeadlines() } })
  }

  /// Runs `body` on the reactor soon, in the order of the calls. From outside, without a task.
  package nonisolated func perform(_ body: @escaping @Sendable (isolated Reactor) -> Void) {
    executor.queue.async { self.assumeIsolated(body) }
  }

  /// The handler is kept until `unregister`. `descriptor` nil registers for deadlines only.
  package func register(
    _ descriptor: CInt?, for interest: Interest = [], handler: any ReactorHandler
  ) throws(PosixError) -> Registration {
    let index = freeSlots.popLast() ?? slots.count
    if index == slots.count { slots.append(Slot()) }
    let token = UInt64(slots[index].generation) << 32 | UInt64(index)
    if let descriptor {
      do {
        try epoll.add(descriptor, interest, token: token)
      } catch {
        freeSlots.append(index)
        throw error
      }
      slots[index].descriptor = descriptor
    }
    slots[index].handler = handler
    return Registration(token: token)
  }

  package func change(_ registration: Registration, to interest: Interest) throws(PosixError) {
    guard isCurrent(registration) else { return }
    let descriptor = slots[registration.index].descriptor
    try epoll.modify(descriptor, interest, token: registration.token)
  }

  /// Call it before the descriptor is closed. No call follows for this registration.
  package func unregister(_ registration: Registration) {
    guard isCurrent(registration) else { return }
    let index = registration.index
    if slots[index].descriptor >= 0 { epoll.remove(slots[index].descriptor) }
    slots[index] = Slot(generation: slots[index].generation &+ 1)
    freeSlots.append(index)
  }

  /// Replaces the registration's one deadline; nil removes it. Moving it later costs nothing: the
  /// heap finds out when the earlier time comes.
  package func setDeadline(_ deadline: MonotonicTime?, of registration: Registration) {
    guard isCurrent(registration) else { return }
    let index = registration.index
    slots[index].deadline = deadline
    guard let deadline else { return }
    if let scheduled = slots[index].scheduled, scheduled <= deadline { return }
    schedule(registration.token, at: deadline)
    arm()
  }

  /// Ends both sources and forgets all handlers; for an owner that is done.
  package func shutDown() {
    sources.cancel()
    for index in slots.indices { slots[index].handler = nil }
  }

  private func isCurrent(_ registration: Registration) -> Bool {
    registration.index < slots.count
      && slots[registration.index].generation == registration.generation
  }

  private func schedule(_ token: UInt64, at time: MonotonicTime) {
    slots[Registration(token: token).index].scheduled = time
    heap.insert(DeadlineHeap.Entry(time: time, token: token))
  }

  private func drain() {
    for _ in 0..<Self.roundsPerTurn {
      let count = epoll.poll(&events)
      if count == 0 { return }
      for position in 0..<count {
        let event = events[position]
        // A handler earlier in this batch may have unregistered this one.
        let registration = Registration(token: event.token)
        guard isCurrent(registration), let handler = slots[registration.index].handler else {
          continue
        }
        handler.ready(Readiness(rawValue: event.events), on: self)
      }
    }
  }

  private func runDeadlines() {
    armed = nil
    let now = MonotonicTime.now()
    while let first = heap.first, first.time <= now {
      _ = heap.removeFirst()
      let registration = Registration(token: first.token)
      guard isCurrent(registration), slots[registration.index].scheduled == first.time else {
        continue
      }
      slots[registration.index].scheduled = nil
      guard let deadline = slots[registration.index].deadline else { continue }
      if deadline > now {
        schedule(first.token, at: deadline)
      } else {
        slots[registration.index].deadline = nil
        slots[registration.index].handler?.deadlineReached(on: self)
      }
    }
    arm()
  }

  private func arm() {
    guard let first = heap.first else { return }
    if let armed, armed <= first.time { return }
    armed = first.time
    sources.arm(at: first.time)
  }
}

/// The two Dispatch sources of a reactor, never suspended once made: releasing a suspended one
/// traps.
private final class ActiveSources {
  private let ready: any DispatchSourceRead
  private let timer: any DispatchSourceTimer
  private let epoll: EpollSet

  init(epoll: EpollSet, queue: DispatchQueue) {
    self.epoll = epoll
    ready = DispatchSource.makeReadSource(fileDescriptor: epoll.descriptor.number, queue: queue)
    timer = DispatchSource.makeTimerSource(queue: queue)
  }

  func start(onReady: @escaping @Sendable () -> Void, onTimer: @escaping @Sendable () -> Void) {
    let epoll = epoll
    ready.setEventHandler(handler: onReady)
    // Keeps the set open until Dispatch has forgotten it.
    ready.setCancelHandler { @Sendable in withExtendedLifetime(epoll) {} }
    timer.setEventHandler(handler: onTimer)
    timer.schedule(deadline: .distantFuture)
    ready.activate()
    timer.activate()
  }

  func arm(at time: MonotonicTime) {
    timer.schedule(
      deadline: DispatchTime(uptimeNanoseconds: time.nanoseconds), leeway: .milliseconds(2))
  }

  func cancel() {
    ready.cancel()
    timer.cancel()
  }

  deinit { cancel() }
}
