import DeployModel
import Posix

/// Which `docker` is installed here: since 23.0 it builds with BuildKit only through its plugin
/// buildx, before that by itself. Asked once; what was not usable is asked again.
actor DockerClient {
  enum Kind: Hashable { case buildx, integrated }

  private var known: Kind?

  func kind(_ command: DockerCommand) async throws(BuildError) -> Kind {
    if let known { return known }
    let kind = try await ask(command)
    known = kind
    return kind
  }

  private func ask(_ command: DockerCommand) async throws(BuildError) -> Kind {
    do throws(ChildError) {
      let plugin = try await command.process(
        ["buildx", "version"], deadline: DockerCommand.shortDeadline
      ).run()
      if plugin.succeeded { return .buildx }
      let client = try await command.process(["--version"], deadline: DockerCommand.shortDeadline)
        .run()
      guard let major = Self.major(client.outputText) else {
        throw ChildError.couldNotStart(
          "docker", "`docker --version` says \(client.outputText.prefix(100))")
      }
      guard major < 23 else {
        throw ChildError.couldNotStart(
          "docker",
          "version \(major) builds with its plugin buildx only, which is not installed here")
      }
      return .integrated
    } catch {
      let mayPass =
        switch error {
        case .notFound, .couldNotStart: false
        case .deadlineExceeded, .outputTooLarge, .cancelled, .ended: true
        }
      throw BuildError(
        code: .builderUnavailable, message: "`builder.kind: docker` cannot be used: \(error)",
        disposition: mayPass ? .retry(after: nil) : .giveUp)
    }
  }

  /// `Docker version 20.10.24+dfsg1, build 297e128`
  static func major(_ text: String) -> Int? {
    let words = text.split(separator: " ")
    guard words.count > 2, words[0] == "Docker", words[1] == "version" else { return nil }
    return Int(words[2].prefix { $0 != "." })
  }
}
