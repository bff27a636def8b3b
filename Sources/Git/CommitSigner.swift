import FoundationEssentials
import Posix

/// Signs commits as `git commit -S` does, with the programs that it would ask.
///
/// The key lies in a directory of the signer's own, mode 0700, and is in no argument; the directory
/// goes when the signer does.
package actor CommitSigner {
  package enum Format: String, Hashable, Sendable, CaseIterable {
    /// A private key as ssh-keygen(1) makes it.
    case ssh
    /// A private key as `gpg --armor --export-secret-keys` writes it.
    case gpg
  }

  /// R12: one signature.
  private static let deadline = Duration.seconds(20)

  private let format: Format
  private let key: String
  private nonisolated let directory: String
  private let path: String
  private var preparation: Task<String, any Error>?

  /// - Parameters:
  ///   - key: without a passphrase: nobody is there to type it.
  ///   - directory: absent. Short, for gpg: its agent's socket lies there, and a socket's path has
  ///     at most 107 bytes.
  package init(
    format: Format, key: String, directory: String, path: String = "/usr/local/bin:/usr/bin:/bin"
  ) {
    self.format = format
    self.key = key
    self.directory = directory
    self.path = path
  }

  deinit {
    guard FileManager.default.fileExists(atPath: directory) else { return }
    // gpg's agent ends when its directory goes.
    do {
      try FileManager.default.removeItem(atPath: directory)
    } catch {
      // Whoever starts next removes it.
    }
  }

  /// The signature's text, without its last line end.
  package func signature(of commit: [UInt8]) async throws(GitError) -> String {
    let name = try await prepared()
    let result =
      switch format {
      case .ssh: try await run("ssh-keygen", ["-q", "-Y", "sign", "-n", "git", "-f", name], commit)
      case .gpg:
        try await run(
          "gpg", Self.quiet + ["--armor", "--detach-sign", "--local-user", name], commit)
      }
    var text = result.outputText
    while text.last?.isNewline == true { text.removeLast() }
    guard text.hasPrefix("-----BEGIN ") else {
      throw .failed("\(format.rawValue) wrote no signature")
    }
    return text
  }

  private static let quiet = ["--batch", "--no-tty", "--quiet", "--pinentry-mode", "error"]

  /// What the program knows the key by: its file, or its fingerprint.
  private func prepared() async throws(GitError) -> String {
    let task: Task<String, any Error>
    if let preparation {
      task = preparation
    } else {
      task = Task { try await prepare() }
      preparation = task
    }
    do {
      return try await task.value
    } catch {
      preparation = nil
      throw (error as? GitError) ?? .failed("the signing key cannot be used: \(error)")
    }
  }

  private func prepare() async throws -> String {
    if FileManager.default.fileExists(atPath: directory) {
      try FileManager.default.removeItem(atPath: directory)
    }
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    switch format {
    case .ssh:
      let file = "\(directory)/key"
      // ssh-keygen(1) refuses a key that others may read, and one whose last line has no end.
      guard
        FileManager.default.createFile(
          atPath: file, contents: Data("\(key)\n".utf8), attributes: [.posixPermissions: 0o600])
      else { throw GitError.failed("the signing key could not be put into \(directory)") }
      return file
    case .gpg:
      _ = try await run("gpg", Self.quiet + ["--import"], Array("\(key)\n".utf8))
      let listed = try await run(
        "gpg", Self.quiet + ["--with-colons", "--list-secret-keys"], [])
      let line = listed.outputText.split(separator: "\n").first { $0.hasPrefix("fpr:") }
      guard let fingerprint = line?.split(separator: ":").last else {
        throw GitError.failed("the signing key holds no private key that gpg knows")
      }
      return String(fingerprint)
    }
  }

  private func run(
    _ program: String, _ arguments: [String], _ input: [UInt8]
  ) async throws(GitError) -> ChildResult {
    let environment = ChildProcess.minimalEnvironment(
      path: path, home: directory,
      adding: ["LC_ALL": "C", "GNUPGHOME": directory, "SSH_ASKPASS_REQUIRE": "never"])
    let result: ChildResult
    do {
      result = try await ChildProcess(
        program, arguments, environment: environment, input: input, deadline: Self.deadline
      ).run()
    } catch {
      throw GitError(error, doing: program)
    }
    guard result.succeeded else {
      throw .failed("\(program) did not sign: \(result.errorText.trimmed)")
    }
    return result
  }
}
