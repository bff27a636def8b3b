package import Dispatch

/// Runs an actor on one serial queue, so that what Dispatch delivers there may enter the actor by
/// `assumeIsolated`, without a hop.
package final class QueueExecutor: SerialExecutor {
  package let queue: DispatchQueue
  private static let owner = DispatchSpecificKey<ObjectIdentifier>()

  package init(label: String) {
    queue = DispatchQueue(label: label)
    queue.setSpecific(key: Self.owner, value: ObjectIdentifier(self))
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }

  package func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }

  package func isIsolatingCurrentContext() -> Bool? {
    DispatchQueue.getSpecific(key: Self.owner) == ObjectIdentifier(self)
  }
}
