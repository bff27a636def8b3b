import Glibc

/// What a command says to whoever typed it.
enum Terminal {
  static func line(_ text: String) { write("\(text)\n", to: STDOUT_FILENO) }
  static func error(_ text: String) { write("\(text)\n", to: STDERR_FILENO) }

  static func write(_ text: String, to descriptor: Int32) {
    // Nobody reads it any more, or the disk is full: there is nowhere left to say so.
    _ = write(Array(text.utf8), to: descriptor)
  }

  /// False where nobody takes them any more.
  static func bytes(_ bytes: [UInt8], to descriptor: Int32 = STDOUT_FILENO) -> Bool {
    write(bytes, to: descriptor)
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
