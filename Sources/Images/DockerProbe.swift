import Posix

/// Asks the engine for its version.
struct DockerProbe {
  let command: DockerCommand

  /// Nil: it answers. Otherwise why it does not, for people.
  func trouble() async -> String? {
    do throws(ChildError) {
      let result = try await command.process(
        ["version", "--format={{.Server.Version}}"], deadline: DockerCommand.shortDeadline
      ).run()
      if result.succeeded { return nil }
      let lines = result.errorText.split(whereSeparator: \.isNewline)
      return String((lines.last ?? "it does not say why").prefix(500))
    } catch {
      return "\(error)"
    }
  }
}
