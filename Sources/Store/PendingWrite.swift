import DeployModel

/// A write that waits for its turn, and then for its batch's fate.
class PendingWrite: @unchecked Sendable {
  // Proof: the caller that makes it hands it to the lane and keeps nothing; the lane's queue is
  // serial.
  let isolation: WriteLane.Isolation
  var failure: StoreError?

  init(_ isolation: WriteLane.Isolation) { self.isolation = isolation }

  /// Leaves in `failure` what went wrong, if anything did.
  func run(_ transaction: Transaction) {}
  /// Tells the caller, once.
  func resume(_ batchFailure: StoreError?) {}
}

final class PendingWriteOf<Value: Sendable>: PendingWrite, @unchecked Sendable {
  private let body: @Sendable (Transaction) throws(StoreError) -> Value
  private let continuation: CheckedContinuation<Result<Value, StoreError>, Never>
  private var value: Value?

  init(
    _ isolation: WriteLane.Isolation,
    _ continuation: CheckedContinuation<Result<Value, StoreError>, Never>,
    _ body: @escaping @Sendable (Transaction) throws(StoreError) -> Value
  ) {
    self.body = body
    self.continuation = continuation
    super.init(isolation)
  }

  override func run(_ transaction: Transaction) {
    do throws(StoreError) {
      value = try body(transaction)
    } catch {
      failure = error
    }
  }

  override func resume(_ batchFailure: StoreError?) {
    if let failure = failure ?? batchFailure {
      continuation.resume(returning: .failure(failure))
    } else if let value {
      continuation.resume(returning: .success(value))
    } else {
      continuation.resume(returning: .failure(.bug("a write was told of before it ran")))
    }
  }
}
