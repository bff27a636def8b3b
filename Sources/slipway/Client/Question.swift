import Glibc

/// Asks whoever sits at the terminal. Anything but yes is no.
enum Question {
  static func isAnsweredYes(_ question: String) -> Bool {
    Terminal.write("\(question) [y/N] ", to: STDERR_FILENO)
    guard let answer = readLine() else {
      Terminal.error("")
      return false
    }
    return ["y", "yes"].contains(answer.lowercased())
  }
}
