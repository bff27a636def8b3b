import Synchronization

/// The few outbound calls, over libcurl. Redirects are answers like any other: who follows one
/// decides what may go along. A proxy is used where curl's own environment variables name one.
package final class HTTPClient: Sendable {
  private let loop: TransferLoop
  private let lastID = Atomic<UInt64>(0)

  package init(_ settings: ClientSettings = ClientSettings()) {
    loop = TransferLoop(settings: settings)
  }

  deinit { loop.stop() }

  /// Any status is a response. Cancelling the task ends the transfer before this returns.
  package func send(_ request: ClientRequest) async throws(ClientError) -> ClientResponse {
    let id = lastID.add(1, ordering: .relaxed).newValue
    if Task.isCancelled { throw .cancelled }
    return try await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isAccepted = loop.post(.start(id: id, request) { continuation.resume(returning: $0) })
        if !isAccepted { continuation.resume(returning: Result.failure(ClientError.closed)) }
      }
    } onCancel: {
      // A loop that has stopped has ended the transfer already.
      _ = loop.post(.cancel(id: id))
    }.get()
  }

  /// Ends every transfer with `.closed`; later calls end so at once.
  package func shutDown() { loop.stop() }
}
