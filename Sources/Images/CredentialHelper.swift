import FoundationEssentials
import Posix

/// A `docker-credential-…` program, asked each time: what it hands out may last for minutes, and it
/// keeps what it wants to keep.
struct CredentialHelper: Sendable {
  let helper: DockerCredentials.Helper
  /// The whole environment of the program.
  let environment: [String: String]

  private static let deadline = Duration.seconds(30)
  /// An answer is a name and a token.
  private static let outputLimit = 256 << 10

  private struct Answer: Decodable {
    var Username: String
    var Secret: String
  }

  private var program: String { helper.program }

  /// Nil if it has none for that server.
  func get() async throws(CredentialFault) -> RegistryCredentials? {
    let result: ChildResult
    do throws(ChildError) {
      result = try await ChildProcess(
        program, ["get"], environment: environment, input: Array(helper.server.utf8),
        deadline: Self.deadline, outputLimit: Self.outputLimit
      ).run()
    } catch {
      let mayPass =
        switch error {
        case .notFound, .couldNotStart: false
        case .deadlineExceeded, .outputTooLarge, .cancelled, .ended: true
        }
      throw CredentialFault(message: "\(error)", mayPass: mayPass)
    }
    guard result.succeeded else {
      // The protocol's own words, on standard output.
      if result.outputText.contains("credentials not found in native keychain") { return nil }
      throw CredentialFault(message: "\(program) failed\(Self.words(of: result))", mayPass: true)
    }
    let answer: Answer
    do {
      answer = try JSONDecoder().decode(Answer.self, from: Data(result.output))
    } catch {
      throw CredentialFault(message: "\(program) answered no credentials", mayPass: true)
    }
    guard !answer.Secret.isEmpty else { return nil }
    return answer.Username == "<token>"
      ? RegistryCredentials(identityToken: answer.Secret)
      : RegistryCredentials(username: answer.Username, password: answer.Secret)
  }

  /// The first line of what it complained of. An answer, which would hold a secret, is not quoted.
  private static func words(of result: ChildResult) -> String {
    let text = result.outputText.isEmpty ? result.errorText : result.outputText
    let line = text.split(whereSeparator: \.isNewline).first ?? ""
    guard !line.isEmpty, !text.contains("{") else { return "" }
    return ": \(line.prefix(200))"
  }
}

/// Why credentials could not be had, without any of them.
struct CredentialFault: Error, Hashable, Sendable {
  var message: String
  var mayPass: Bool
}
