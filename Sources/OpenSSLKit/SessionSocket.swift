import COpenSSL
import Glibc

/// The socket under a session, as OpenSSL calls it. Its own socket BIO would let a client that has
/// gone end the process by SIGPIPE; memory BIOs would copy each byte once more, and keep buffers for
/// every connection that only waits.
final class SessionSocket {
  private let descriptor: CInt
  /// What was read before the session began, and is handed to it first.
  private var received: ArraySlice<UInt8>
  private var error: CInt = 0
  private var hasEnded = false
  /// The last read took all there was, as far as it can tell (epoll(7)).
  private(set) var isDrained = false
  /// A read met an empty socket.
  var isBlocked = false

  init(_ descriptor: CInt, received: [UInt8]) {
    self.descriptor = descriptor
    self.received = received[...]
  }

  /// Why a call failed that left no error in OpenSSL's queue.
  var lastWords: String {
    guard error != 0 else { return "the peer closed the connection" }
    var text = [CChar](repeating: 0, count: 128)
    // strerror(3) shares one buffer between threads.
    guard strerror_r(error, &text, text.count) == 0 else { return "error \(error)" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// A BIO of the caller's that must not outlive this object.
  func makeBIO() throws(OpenSSLFailure) -> OpaquePointer {
    guard let method = Self.method, let bio = BIO_new(method) else { throw .last("BIO_new") }
    BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    BIO_set_init(bio, 1)
    return bio
  }

  // Made once and never changed.
  nonisolated(unsafe) private static let method: OpaquePointer? = {
    guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "slipway") else {
      return nil
    }
    BIO_meth_set_read(method) { bio, bytes, count in
      SessionSocket.of(bio)?.read(bytes, count, for: bio) ?? -1
    }
    BIO_meth_set_write(method) { bio, bytes, count in
      SessionSocket.of(bio)?.write(bytes, count, for: bio) ?? -1
    }
    BIO_meth_set_ctrl(method) { bio, command, _, _ in
      switch command {
      // Nothing is kept back here.
      case BIO_CTRL_FLUSH: 1
      case BIO_CTRL_EOF: SessionSocket.of(bio)?.hasEnded == true ? 1 : 0
      default: 0
      }
    }
    return method
  }()

  private static func of(_ bio: OpaquePointer?) -> SessionSocket? {
    BIO_get_data(bio).map { Unmanaged<SessionSocket>.fromOpaque($0).takeUnretainedValue() }
  }

  private func read(
    _ bytes: UnsafeMutablePointer<CChar>?, _ count: CInt, for bio: OpaquePointer?
  ) -> CInt {
    BIO_clear_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY)
    guard let bytes, count > 0 else { return 0 }
    if !received.isEmpty { return takeReceived(UnsafeMutableRawPointer(bytes), Int(count)) }
    while true {
      let result = recv(descriptor, bytes, Int(count), 0)
      if result > 0 {
        isDrained = result < Int(count)
        return CInt(result)
      }
      if result == 0 {
        hasEnded = true
        return 0
      }
      if errno == EINTR { continue }
      if errno == EAGAIN {
        (isDrained, isBlocked) = (true, true)
        BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
      } else {
        error = errno
      }
      return -1
    }
  }

  private func takeReceived(_ bytes: UnsafeMutableRawPointer, _ count: Int) -> CInt {
    let taken = received.prefix(count)
    taken.withUnsafeBytes {
      if let base = $0.baseAddress { bytes.copyMemory(from: base, byteCount: $0.count) }
    }
    received = received.dropFirst(count)
    if received.isEmpty { received = [] }
    return CInt(taken.count)
  }

  private func write(
    _ bytes: UnsafePointer<CChar>?, _ count: CInt, for bio: OpaquePointer?
  ) -> CInt {
    BIO_clear_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY)
    while true {
      let result = send(descriptor, bytes, Int(count), CInt(MSG_NOSIGNAL))
      if result >= 0 { return CInt(result) }
      if errno == EINTR { continue }
      if errno == EAGAIN {
        BIO_set_flags(bio, BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY)
      } else {
        error = errno
      }
      return -1
    }
  }
}
