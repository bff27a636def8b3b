import CCurl
import Glibc
import Synchronization

/// One libcurl `multi` handle on a thread of its own, which no task ever blocks on. Work comes in
/// through a mailbox; `curl_multi_wakeup` ends the thread's wait.
final class TransferLoop: Sendable {
  enum Message: Sendable {
    case start(id: UInt64, ClientRequest, Receiver)
    case cancel(id: UInt64)
    /// The head of a stream is overdue; nothing happens if it has come.
    case expire(id: UInt64)
    /// There is room again for a stream that was paused.
    case resume(id: UInt64)
  }

  private struct Mailbox: ~Copyable {
    var messages: [Message] = []
    var isStopping = false
    /// Nil once the thread has taken the handle down: then nobody may wake it.
    var multi: MultiHandle?
  }

  private let mailbox: Mutex<Mailbox>
  private let settings: ClientSettings

  init(settings: ClientSettings) {
    self.settings = settings
    _ = Self.initialiseLibrary
    let multi = MultiHandle(connectionLimit: settings.connectionLimit)
    mailbox = Mutex(Mailbox(multi: multi))
    guard let multi else { return }
    startThread { [self] in run(multi) }
  }

  /// `curl_global_init` must come first and is not to run twice at once; a static is both.
  private static let initialiseLibrary: Void = {
    curl_global_init(Int(CURL_GLOBAL_DEFAULT))
  }()

  /// False once the loop stops: the message is dropped then.
  func post(_ message: Message) -> Bool {
    mailbox.withLock { box in
      guard !box.isStopping, let multi = box.multi else { return false }
      box.messages.append(message)
      multi.wake()
      return true
    }
  }

  /// Every transfer that is under way ends with `.closed`.
  func stop() {
    mailbox.withLock { box in
      box.isStopping = true
      box.multi?.wake()
    }
  }

  // MARK: The thread

  private struct Transfer {
    var id: UInt64
    var handle: EasyHandle
  }

  private func run(_ multi: MultiHandle) {
    var transfers: [UnsafeMutableRawPointer: Transfer] = [:]
    while true {
      let (messages, isStopping) = mailbox.withLock { box in
        defer { box.messages = [] }
        return (box.messages, box.isStopping)
      }
      for message in messages { handle(message, multi, &transfers) }
      if isStopping { break }
      multi.perform()
      while let (raw, code) = multi.nextFinished() {
        guard let transfer = transfers.removeValue(forKey: raw) else { continue }
        multi.remove(raw)
        transfer.handle.finish(code)
      }
      multi.wait()
    }
    mailbox.withLock { $0.multi = nil }
    for (raw, transfer) in transfers {
      multi.remove(raw)
      transfer.handle.fail(.closed)
    }
    multi.close()
  }

  private func handle(
    _ message: Message, _ multi: MultiHandle,
    _ transfers: inout [UnsafeMutableRawPointer: Transfer]
  ) {
    switch message {
    case .start(let id, let request, let receiver):
      do throws(ClientError) {
        let handle = try EasyHandle(request, settings: settings, receiver: receiver)
        try multi.add(handle.raw)
        transfers[handle.raw] = Transfer(id: id, handle: handle)
      } catch {
        receiver.fail(error)
      }
    case .cancel(let id):
      remove(id, multi, &transfers)?.fail(.cancelled)
    case .expire(let id):
      guard transfers.values.contains(where: { $0.id == id && !$0.handle.hasAnswered }) else {
        return
      }
      remove(id, multi, &transfers)?.expire()
    case .resume(let id):
      transfers.values.first { $0.id == id }?.handle.resume()
    }
  }

  private func remove(
    _ id: UInt64, _ multi: MultiHandle, _ transfers: inout [UnsafeMutableRawPointer: Transfer]
  ) -> EasyHandle? {
    guard let (raw, transfer) = transfers.first(where: { $0.value.id == id }) else { return nil }
    transfers[raw] = nil
    multi.remove(raw)
    return transfer.handle
  }
}

/// libcurl's multi handle. All but `wake` belong to the loop's thread.
///
/// Unchecked: `curl_multi_wakeup` is documented as callable from any thread, and the mailbox's lock
/// keeps it from coming after `close`.
private struct MultiHandle: @unchecked Sendable {
  private let raw: UnsafeMutableRawPointer

  init?(connectionLimit: Int) {
    guard let raw = curl_multi_init() else { return nil }
    self.raw = raw
    slipway_curl_multi_set_long(raw, CURLMOPT_MAX_TOTAL_CONNECTIONS, connectionLimit)
  }

  func wake() { curl_multi_wakeup(raw) }

  func add(_ easy: UnsafeMutableRawPointer) throws(ClientError) {
    let code = curl_multi_add_handle(raw, easy)
    guard code == CURLM_OK else {
      throw .invalidRequest(String(cString: curl_multi_strerror(code)))
    }
  }

  func remove(_ easy: UnsafeMutableRawPointer) { curl_multi_remove_handle(raw, easy) }

  func perform() {
    var running: CInt = 0
    curl_multi_perform(raw, &running)
  }

  func nextFinished() -> (UnsafeMutableRawPointer, CURLcode)? {
    var easy: UnsafeMutableRawPointer?
    var code = CURLE_OK
    guard slipway_curl_next_finished(raw, &easy, &code) == 1, let easy else { return nil }
    return (easy, code)
  }

  /// Returns for traffic, for libcurl's own timers, or for a wake-up.
  func wait() { curl_multi_poll(raw, nil, 0, 60_000, nil) }

  func close() { curl_multi_cleanup(raw) }
}

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func startThread(_ body: @escaping @Sendable () -> Void) {
  let context = Unmanaged.passRetained(ThreadBody(body)).toOpaque()
  var thread = pthread_t()
  let code = pthread_create(
    &thread, nil,
    { context in
      guard let context else { return nil }
      Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
      return nil
    }, context)
  precondition(code == 0, "no thread could be started")
  pthread_detach(thread)
}
