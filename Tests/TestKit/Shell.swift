import Posix

package struct ShellFailure: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// Runs a program and returns its standard output, trimmed; throws with its words if it fails.
@discardableResult
package func shell(
  _ program: String, _ arguments: String..., in directory: String? = nil,
  environment: [String: String] = [:], input: String = ""
) async throws -> String {
  try await shell(program, arguments, in: directory, environment: environment, input: input)
}

@discardableResult
package func shell(
  _ program: String, _ arguments: [String], in directory: String? = nil,
  environment: [String: String] = [:], input: String = ""
) async throws -> String {
  let result = try await ChildProcess(
    program, arguments,
    environment: ChildProcess.minimalEnvironment(
      path: "/usr/sbin:/usr/bin:/sbin:/bin", home: "/tmp", adding: environment),
    workingDirectory: directory, input: Array(input.utf8), deadline: .seconds(120)
  ).run()
  guard result.succeeded else {
    throw ShellFailure(
      "\(program) \(arguments.joined(separator: " ")): \(result.errorText)")
  }
  return result.outputText.trimmed
}

extension String {
  package var trimmed: String {
    var text = Substring(self)
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
