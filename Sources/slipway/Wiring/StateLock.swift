import Glibc

/// One process per state directory: an flock(2) that the kernel ends with the process, however it
/// ends.
final class StateLock: Sendable {
  private let descriptor: Int32

  struct Taken: Error, CustomStringConvertible {
    let description: String
  }

  init(directory: String) throws(Taken) {
    let path = "\(directory)/lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw Taken(description: "\(path) cannot be opened: \(String(cString: strerror(errno)))")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw Taken(
        description: "another Slipway uses \(directory): stop it first, or choose another "
          + "state.directory")
    }
  }

  deinit { close(descriptor) }
}
