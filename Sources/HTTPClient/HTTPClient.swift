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
        let isAccepted = loop.post(
          .start(id: id, request, .whole { continuation.resume(returning: $0) }))
        if !isAccepted {
          continuation.resume(returning: Result.failure(ClientError.closed))
        } else if Task.isCancelled {
          // What was posted before the request found nothing to cancel.
          _ = loop.post(.cancel(id: id))
        }
      }
    } onCancel: {
      // A loop that has stopped has ended the transfer already.
      _ = loop.post(.cancel(id: id))
    }.get()
  }

  /// Returns when the head of the answer has come; its body is read from the stream.
  ///
  /// - Parameters:
  ///   - request: its deadline is for the head alone, and its `responseLimit` is not looked at: the
  ///     reader decides.
  ///   - silence: how long the server may send nothing at all; nil where it may for ever.
  package func stream(
    _ request: ClientRequest, silence: Duration? = nil
  ) async throws(ClientError) -> ClientStream {
    let id = lastID.add(1, ordering: .relaxed).newValue
    if Task.isCancelled { throw .cancelled }
    // The loop lives no longer than this client: what is open then ends with `.closed`.
    let leave: @Sendable () -> Void = { [loop] in _ = loop.post(.cancel(id: id)) }
    let buffer = StreamBuffer { [loop] in _ = loop.post(.resume(id: id)) }
    guard loop.post(.start(id: id, request, .stream(buffer, silence: silence))) else {
      throw .closed
    }
    let timer = Task { [loop] in
      do {
        try await Task.sleep(for: request.deadline)
      } catch {
        return
      }
      _ = loop.post(.expire(id: id))
    }
    defer { timer.cancel() }
    let head = await withTaskCancellationHandler {
      await buffer.head()
    } onCancel: {
      leave()
    }
    return ClientStream(try head.get(), buffer, leave: leave)
  }

  /// Ends every transfer with `.closed`; later calls end so at once.
  package func shutDown() { loop.stop() }
}
