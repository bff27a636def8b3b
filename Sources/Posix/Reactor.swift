import CPosix

/// What a reactor tells about one descriptor. Both calls come on the reactor.
package protocol ReactorHandler: AnyObject {
  func ready(_ readiness: Readiness, on reactor: isolated Reactor)
  func deadlineReached(on reactor: isolated Reactor)
}

/// One thread that many descriptors share: a serial Dispatch queue, on which one loop waits for one
/// epoll set. Dispatch sources per connection are fragile on Linux (`docs/decisions/0002`).
/// Deadlines lie in one heap, and bound the wait.
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

  /// To be preferred by tasks that mostly wait (`Task.immediate(executorPreference:)`): what resumes
  /// them brings them straight back here. All that is not bound to another actor with an executor
  /// of its own runs here then, `@concurrent` functions included.
  package nonisolated let loop: ReactorLoop
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    loop.asUnownedSerialExecutor()
  }

  private let epoll: EpollSet
  private var slots: [Slot] = []
  private var freeSlots: [Int] = []
  private var heap = DeadlineHeap()
  private var events = [slipway_event](repeating: slipway_event(), count: 64)
  private var isShutDown = false

  package init(label: String) throws(PosixError) {
    let epoll = try EpollSet()
    let loop = try ReactorLoop(label: label, epoll: epoll)
    self.epoll = epoll
    self.loop = loop
    Task(executorPreference: loop) { await self.run() }
  }

  /// Runs `body` on the reactor soon, in the order of the calls. From outside, without a task.
  package nonisolated func perform(_ body: @escaping @Sendable (isolated Reactor) -> Void) {
    loop.perform { self.assumeIsolated(body) }
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
  }

  /// Ends the loop and forgets all handlers. An owner that is done calls it: until then the loop
  /// keeps the reactor and its thread.
  package func shutDown() {
    isShutDown = true
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

  private func run() {
    loop.begin()
    while !isShutDown {
      let count = loop.wait(on: epoll, for: &events, until: heap.first?.time)
      loop.runWork()
      for position in 0..<count { tell(events[position]) }
      runDeadlines()
    }
    loop.end()
  }

  private func tell(_ event: slipway_event) {
    // The loop's alarm has no slot; and a handler before may have unregistered this one.
    let registration = Registration(token: event.token)
    guard isCurrent(registration), let handler = slots[registration.index].handler else { return }
    handler.ready(Readiness(rawValue: event.events), on: self)
  }

  private func runDeadlines() {
    guard let first = heap.first else { return }
    let now = MonotonicTime.now()
    guard first.time <= now else { return }
    while let first = heap.first, first.time <= now {
      _ = heap.removeFirst()
      let registration = Registration(token: first.token)
      guard isCurrent(registration), slots[registration.index].scheduled == first.time else {
        continue
      }
      slots[registration.index].scheduled = nil
      guard let deadline = slots[registration.index].deadline else { continue }
      if deadline > first.time {
        // Moved; if it is due as well, its turn comes in order.
        schedule(first.token, at: deadline)
      } else {
        slots[registration.index].deadline = nil
        slots[registration.index].handler?.deadlineReached(on: self)
      }
    }
  }
}
