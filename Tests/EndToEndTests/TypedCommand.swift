import Foundation
import TestKit

/// `slipway` as somebody types it: its own process, with its own environment.
final class TypedCommand {
  struct Outcome {
    var status: Int32
    var output: String
    var error: String

    var lines: [String] { output.split(separator: "\n").map(String.init) }
    var json: Any? { try? JSONSerialization.jsonObject(with: Data(output.utf8)) }
  }

  /// A terminal of this size; both streams are it.
  struct Window {
    var columns: Int
    var rows = 24
  }

  private let process = Process()
  private let directory: TemporaryDirectory
  private let ended: AsyncStream<Void>

  init(
    _ arguments: [String], environment: [String: String], window: Window? = nil,
    input: String = ""
  ) throws {
    directory = try TemporaryDirectory("slipway-typed")
    let slipway = try binary().path
    if let window {
      // util-linux's script(1) makes the terminal.
      let words = ([slipway] + arguments).map { "'\($0.replacing("'", with: "'\\''"))'" }
      process.executableURL = URL(fileURLWithPath: "/usr/bin/script")
      process.arguments = [
        "-qec",
        "stty cols \(window.columns) rows \(window.rows) -echo; \(words.joined(separator: " "))",
        "/dev/null",
      ]
    } else {
      process.executableURL = URL(fileURLWithPath: slipway)
      process.arguments = arguments
    }
    process.environment = [
      "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TERM": "xterm-256color", "TZ": "UTC",
      "SHELL": "/bin/sh",
    ].merging(environment) { _, new in new }
    try directory.write(input, to: "in")
    process.standardInput = FileHandle(forReadingAtPath: directory.appending("in"))
    process.standardOutput = try Self.file(directory.write("", to: "out"))
    process.standardError = try Self.file(directory.write("", to: "err"))
    let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
    self.ended = ended
    process.terminationHandler = { _ in continuation.finish() }
    try process.run()
  }

  deinit { if process.isRunning { process.terminate() } }

  private static func file(_ path: String) throws -> FileHandle {
    try FileHandle(forWritingTo: URL(fileURLWithPath: path))
  }

  /// What it has printed so far.
  var output: String {
    String(
      decoding: FileManager.default.contents(atPath: directory.appending("out")) ?? Data(),
      as: UTF8.self)
  }

  var errorOutput: String {
    String(
      decoding: FileManager.default.contents(atPath: directory.appending("err")) ?? Data(),
      as: UTF8.self)
  }

  func interrupt() { process.interrupt() }

  func end() async -> Outcome {
    for await _ in ended {}
    return Outcome(status: process.terminationStatus, output: output, error: errorOutput)
  }
}

extension Installation {
  /// - Parameter token: nil for none.
  func start(
    typing line: String, token: String? = Installation.token,
    environment: [String: String] = [:], window: TypedCommand.Window? = nil, input: String = ""
  ) throws -> TypedCommand {
    var variables = ["SLIPWAY_URL": url]
    variables["SLIPWAY_TOKEN"] = token
    return try TypedCommand(
      line.split(separator: " ").map { String($0).replacing("_", with: " ") },
      environment: variables.merging(environment) { _, new in new }, window: window, input: input)
  }

  /// Types a line and waits for its end. An underscore stands for a blank within a word.
  func type(
    _ line: String, token: String? = Installation.token, environment: [String: String] = [:],
    window: TypedCommand.Window? = nil, input: String = ""
  ) async throws -> TypedCommand.Outcome {
    try await start(
      typing: line, token: token, environment: environment, window: window, input: input
    ).end()
  }
}
