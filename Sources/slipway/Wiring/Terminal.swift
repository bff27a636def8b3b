import Glibc

/// What a command says to whoever typed it. False: nobody reads it any more, or the disk is full.
/// There is nowhere to say so, and who has more to say need not.
enum Terminal {
  @discardableResult
  static func line(_ text: String) -> Bool { write("\(text)\n", to: STDOUT_FILENO) }

  @discardableResult
  static func error(_ text: String) -> Bool { write("\(text)\n", to: STDERR_FILENO) }

  @discardableResult
  static func write(_ text: String, to descriptor: Int32) -> Bool {
    bytes(Array(text.utf8), to: descriptor)
  }

  static func bytes(_ bytes: [UInt8], to descriptor: Int32 = STDOUT_FILENO) -> Bool {
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
