import Posix

/// git on this machine, run with nothing of its user's configuration.
package struct GitProgram: Sendable {
  /// From start to end of one git process; R12.
  package struct Deadlines: Sendable {
    /// A command that asks nobody.
    package var local: Duration = .seconds(60)
    package var fetch: Duration = .seconds(5 * 60)
    /// The first fetch of a branch brings its whole history.
    package var firstFetch: Duration = .seconds(60 * 60)
    package var push: Duration = .seconds(60)
    package var maintenance: Duration = .seconds(30 * 60)

    package init() {}
  }

  package var executable: String
  /// Where git, and for it ssh, are looked up.
  package var path: String
  /// An empty or absent directory: nothing there may change what git does.
  package var home: String
  /// What this machine needs to reach its remotes: `HTTPS_PROXY`, `NO_PROXY`, `GIT_SSL_CAINFO`.
  package var network: [String: String]
  package var deadlines: Deadlines

  package init(
    executable: String = "git", path: String = "/usr/local/bin:/usr/bin:/bin",
    home: String = "/nonexistent", network: [String: String] = [:],
    deadlines: Deadlines = Deadlines()
  ) {
    self.executable = executable
    self.path = path
    self.home = home
    self.network = network
    self.deadlines = deadlines
  }

  /// The oldest that has `cat-file --batch-command -z`.
  private static let oldest = (2, 38)

  /// `2.39.5`; throws `notInstalled` if git is missing or older than the oldest that works.
  package func version() async throws(GitError) -> String {
    let result = try await run(["version"], in: nil, deadline: deadlines.local)
    let words = result.outputText.split(whereSeparator: \.isWhitespace)
    let text = words.count > 2 ? String(words[2]) : "of unknown version"
    let numbers = text.split(separator: ".").prefix(2).compactMap { Int($0) }
    guard numbers.count == 2, (numbers[0], numbers[1]) >= Self.oldest else {
      throw .notInstalled(
        "git is \(text); \(Self.oldest.0).\(Self.oldest.1) or newer is needed")
    }
    return text
  }

  func command(
    _ arguments: [String], in repository: String?, environment extra: [String: String] = [:],
    input: [UInt8] = [], deadline: Duration, outputLimit: Int = 16 << 20
  ) -> ChildProcess {
    var environment = ChildProcess.minimalEnvironment(path: path, home: home)
    environment["LC_ALL"] = "C"
    environment["GIT_TERMINAL_PROMPT"] = "0"
    environment["GIT_CONFIG_NOSYSTEM"] = "1"
    environment["GIT_CONFIG_GLOBAL"] = "/dev/null"
    environment["GIT_ATTR_NOSYSTEM"] = "1"
    environment["GIT_LITERAL_PATHSPECS"] = "1"
    // Overridden by commands that talk to a remote; the others must not talk to any.
    environment["GIT_ALLOW_PROTOCOL"] = "none"
    environment.merge(extra) { _, new in new }
    return ChildProcess(
      executable, (repository.map { ["--git-dir=\($0)"] } ?? []) + arguments,
      environment: environment, input: input, deadline: deadline, outputLimit: outputLimit)
  }

  /// Runs to the end; a status other than 0 is the caller's to judge.
  func run(
    _ arguments: [String], in repository: String?, environment: [String: String] = [:],
    input: [UInt8] = [], deadline: Duration, outputLimit: Int = 16 << 20
  ) async throws(GitError) -> ChildResult {
    let child = command(
      arguments, in: repository, environment: environment, input: input, deadline: deadline,
      outputLimit: outputLimit)
    do {
      return try await child.run()
    } catch {
      throw GitError(error, doing: Self.verb(of: arguments))
    }
  }

  /// Configuration that no list of processes shows (git(1), GIT_CONFIG_COUNT).
  static func environment(settings: [(key: String, value: String)]) -> [String: String] {
    guard !settings.isEmpty else { return [:] }
    var environment = ["GIT_CONFIG_COUNT": "\(settings.count)"]
    for (index, setting) in settings.enumerated() {
      environment["GIT_CONFIG_KEY_\(index)"] = setting.key
      environment["GIT_CONFIG_VALUE_\(index)"] = setting.value
    }
    return environment
  }

  /// `fetch` of `-c a=b fetch origin`, for messages.
  static func verb(of arguments: [String]) -> String {
    var rest = arguments[...]
    while let first = rest.first, first.hasPrefix("-") {
      rest = rest.dropFirst(first == "-c" ? 2 : 1)
    }
    return rest.first ?? "git"
  }
}
