import DeployModel
import FoundationEssentials
import Glibc

/// What standard output is: a terminal of some size, or a file or pipe that takes plain lines.
struct Screen: Sendable {
  /// Columns; nil where nothing bounds a line.
  var width: Int?
  var height: Int
  /// Lines can be drawn again.
  var isTerminal: Bool
  var inColour: Bool

  static func standardOutput(environment: [String: String]) -> Screen {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    let isCapable = isTerminal && environment["TERM"] != "dumb"
    let size = isTerminal ? windowSize() : nil
    // no-color.org: set to anything but nothing.
    let isColourWanted = environment["NO_COLOR"].map(\.isEmpty) ?? true
    return Screen(
      width: environment["COLUMNS"].flatMap(parseDigits).flatMap { $0 > 0 ? $0 : nil }
        ?? size?.columns ?? (isTerminal ? 80 : nil),
      height: size?.rows ?? 24, isTerminal: isCapable, inColour: isCapable && isColourWanted)
  }

  private static func windowSize() -> (columns: Int, rows: Int)? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return (Int(size.ws_col), max(2, Int(size.ws_row)))
  }

  /// Whoever typed the command is there to answer a question.
  static var isSomebodyThere: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

  @discardableResult
  func show(_ lines: [StyledText]) -> Bool {
    lines.isEmpty
      || Terminal.line(lines.map { $0.rendered(inColour: inColour) }.joined(separator: "\n"))
  }

  func show(_ line: StyledText) { show([line]) }
}
