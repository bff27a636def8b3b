import HTTPTypes
import Synchronization

/// Between libcurl's thread, which fills it, and the one task that empties it.
final class StreamBuffer: Sendable {
  struct Head: Sendable {
    var status: Int
    var headers: HTTPFields
  }

  typealias Portion = Result<[UInt8]?, ClientError>

  private struct State {
    var head: Result<Head, ClientError>?
    var headWaiter: CheckedContinuation<Result<Head, ClientError>, Never>?
    var bytes: [UInt8] = []
    /// What comes after `bytes`: nil inside for a proper end. Nil: more may come.
    var end: ClientError??
    var reader: CheckedContinuation<Portion, Never>?
    var isPaused = false
  }

  /// R12: what one stream keeps in memory. A followed log that a terminal cannot keep up with
  /// waits at the server.
  static let limit = 256 << 10

  private let state = Mutex(State())
  private let resume: @Sendable () -> Void

  /// - Parameter resume: called when a transfer that was paused may go on.
  init(resume: @escaping @Sendable () -> Void) { self.resume = resume }

  // MARK: libcurl's thread

  func begin(_ head: Head) {
    state.withLock { state in
      guard state.head == nil else { return nil as (() -> Void)? }
      state.head = .success(head)
      defer { state.headWaiter = nil }
      return state.headWaiter.map { waiter in { waiter.resume(returning: .success(head)) } }
    }?()
  }

  /// False: there is no room; the transfer pauses, and these bytes are offered again.
  func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let (isTaken, wake) = state.withLock { state -> (Bool, (() -> Void)?) in
      guard state.bytes.count < Self.limit else {
        state.isPaused = true
        return (false, nil)
      }
      guard let reader = state.reader else {
        state.bytes.append(contentsOf: bytes)
        return (true, nil)
      }
      state.reader = nil
      let portion = Array(bytes)
      return (true, { reader.resume(returning: .success(portion)) })
    }
    wake?()
    return isTaken
  }

  /// - Parameter error: nil for a body that is complete. The first end holds.
  func end(_ error: ClientError?) {
    state.withLock { state in
      guard state.end == nil else { return nil as (() -> Void)? }
      state.end = .some(error)
      let head = state.head ?? .failure(error ?? .cancelled)
      state.head = head
      let (waiter, reader) = (state.headWaiter, state.reader)
      state.headWaiter = nil
      state.reader = nil
      return {
        waiter?.resume(returning: head)
        reader?.resume(returning: error.map { .failure($0) } ?? .success(nil))
      }
    }?()
  }

  // MARK: The reader

  func head() async -> Result<Head, ClientError> {
    await withCheckedContinuation { continuation in
      let known = state.withLock { state in
        if state.head == nil { state.headWaiter = continuation }
        return state.head
      }
      if let known { continuation.resume(returning: known) }
    }
  }

  func next() async -> Portion {
    await withCheckedContinuation { continuation in
      let (portion, wasPaused) = state.withLock { state -> (Portion?, Bool) in
        guard state.bytes.isEmpty else {
          let bytes = state.bytes
          state.bytes = []
          defer { state.isPaused = false }
          return (.success(bytes), state.isPaused)
        }
        if let end = state.end { return (end.map { .failure($0) } ?? .success(nil), false) }
        state.reader = continuation
        return (nil, false)
      }
      if let portion { continuation.resume(returning: portion) }
      if wasPaused { resume() }
    }
  }
}
