import Glibc

/// What a command says to whoever typed it.
enum Terminal {
  static func line(_ text: String) { write(text, to: STDOUT_FILENO) }
  static func error(_ text: String) { write(text, to: STDERR_FILENO) }

  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array((text + "\n").utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      // Nobody reads it any more, or the disk is full: there is nowhere left to say so.
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }
}
