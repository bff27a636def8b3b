import ArgumentParser
import DeployModel
import FoundationEssentials

/// `slipway check`: says everything that is wrong with a configuration, or sums it up.
struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check a configuration file and say everything that is wrong with it.",
    discussion: """
      Prints one line for each problem, FILE:LINE:COLUMN: what to do, and exits 1 if any of them \
      keeps the server from starting. Secrets are read, and never shown.

      With --render, each service's kustomization is rendered by `kubectl kustomize` from a local \
      checkout, and image entries that match nothing are reported.
      """)

  @Option(name: .shortAndLong, help: "The configuration file.")
  var config = "slipway.yaml"

  @Flag(help: "Render the kustomizations of repositories given by --repository.")
  var render = false

  @Option(
    name: .customLong("repository"),
    help: ArgumentHelp("A local checkout of a repository; may repeat.", valueName: "name=dir"))
  var checkouts: [String] = []

  func validate() throws {
    if render, checkouts.isEmpty {
      throw ValidationError("--render needs a checkout: add --repository NAME=DIR")
    }
    if !render, !checkouts.isEmpty {
      throw ValidationError("--repository is only of use with --render")
    }
    for checkout in checkouts where Self.parse(checkout: checkout) == nil {
      throw ValidationError("--repository takes NAME=DIR, not '\(checkout)'")
    }
  }

  func run() async throws {
    let environment = ProcessInfo.processInfo.environment
    let configuration: Configuration
    do throws(ConfigurationErrors) {
      configuration = try Configuration.load(file: config, environment: environment)
    } catch {
      let count = error.errors.count == 1 ? "1 error" : "\(error.errors.count) errors"
      let lines = (error.errors + error.remarks).sorted { $0.position < $1.position }
      Terminal.line((lines.map(\.description) + ["\(config): \(count)"]).joined(separator: "\n"))
      throw ExitCode(1)
    }
    let directories = Dictionary(
      checkouts.compactMap(Self.parse(checkout:)), uniquingKeysWith: { _, last in last })
    let repositories = configuration.repositories
    for name in directories.keys.sorted(by: { $0.name < $1.name }) where repositories[name] == nil {
      let known = repositories.keys.map(\.name).sorted().joined(separator: ", ")
      throw ValidationError(
        "--repository: `\(name)` is not one of `repositories`"
          + (known.isEmpty ? "" : "; there are \(known)"))
    }
    Terminal.line(CheckSummary(configuration, file: config).description)
    guard render else { return }
    let findings = await RenderCheck(
      services: configuration.services.values.sorted { $0.name < $1.name },
      checkouts: directories, environment: environment
    ).run()
    findings.forEach { Terminal.line($0.description) }
    if findings.contains(where: \.isProblem) { throw ExitCode(1) }
  }

  private static func parse(checkout: String) -> (RepositoryName, String)? {
    guard let equals = checkout.firstIndex(of: "="),
      let name = RepositoryName(checkout[..<equals])
    else { return nil }
    let directory = String(checkout[checkout.index(after: equals)...])
    guard !directory.isEmpty else { return nil }
    return (name, resolve(directory, against: FileManager.default.currentDirectoryPath))
  }
}
