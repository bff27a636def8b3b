import Glibc
import Posix

/// One process per state directory: an flock(2) that the kernel ends with the process, however it
/// ends.
final class StateLock: Sendable {
  private let descriptor: Int32
  /// Names the directory among those that share a store: whoever holds this lock knows that every
  /// process of the name before it is dead. Hexadecimal, and the file's content.
  let name: String

  struct Taken: Error, CustomStringConvertible {
    let description: String
  }

  init(directory: String) throws {
    let path = "\(directory)/lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.unusable(path) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw Taken(
        description: "another Slipway uses \(directory): stop it first, or choose another "
          + "state.directory")
    }
    do {
      name = try Self.content(of: descriptor) ?? Self.begin(descriptor, path)
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  private static let nameLength = 16

  private static func content(of descriptor: Int32) -> String? {
    var bytes = [UInt8](repeating: 0, count: nameLength)
    guard pread(descriptor, &bytes, nameLength, 0) == nameLength,
      bytes.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit })
    else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func begin(_ descriptor: Int32, _ path: String) throws -> String {
    let name = try SystemRandom.name(ofBytes: nameLength / 2)
    let bytes = Array(name.utf8)
    guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, bytes, bytes.count, 0) == bytes.count,
      fsync(descriptor) == 0
    else { throw unusable(path) }
    return name
  }

  private static func unusable(_ path: String) -> Taken {
    Taken(description: "\(path) cannot be used: \(String(cString: strerror(errno)))")
  }
}

extension SystemRandom {
  /// Random bytes as lower-case hexadecimal.
  static func name(ofBytes count: Int) throws(PosixError) -> String {
    try bytes(count).map { byte in
      let hex = String(byte, radix: 16)
      return hex.count == 1 ? "0\(hex)" : hex
    }.joined()
  }
}
