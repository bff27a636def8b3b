import ArgumentParser
import FoundationEssentials
import Glibc

/// `slipway init [DIR]`
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Draft a slipway.yaml from a repository's Dockerfiles, kustomizations and workflows.",
    discussion: """
      Reads the repository, and writes a commented configuration and a list of what could not be \
      told. Nothing in the repository is run, and nothing outside it is read.

      What GitHub Actions workflows say counts most: path filters, contexts, image names of \
      docker/build-push-action, `kustomize edit set image`. Where there is none, names decide: \
      frontend/Dockerfile.marketing builds what is called marketing.
      """)

  @Argument(help: "The repository's directory.", completion: .directory)
  var directory = "."

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where to write; - prints it.", valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var output = "slipway.yaml"

  @Flag(help: "Overwrite what is there.")
  var force = false

  func run() throws {
    let root = resolve(directory, against: FileManager.default.currentDirectoryPath)
    let survey: Survey
    do throws(FileFault) {
      survey = try Survey(root: root)
    } catch {
      Terminal.error("Error: \(directory) cannot be read: \(error.reason)")
      throw ExitCode(2)
    }
    let draft = Draft(survey, directory: root)
    guard !draft.services.isEmpty else {
      Terminal.error("Error: nothing was found in \(directory) that is built and deployed.")
      report(draft.doubts)
      Terminal.error(
        "Looked for: Dockerfiles, kustomizations whose images they build, workflows that build "
          + "images. slipway.example.yaml shows what to write by hand.")
      throw ExitCode(1)
    }
    if output == "-" {
      Terminal.write(draft.text, to: STDOUT_FILENO)
    } else {
      try write(draft.text)
      let count = draft.services.count == 1 ? "1 service" : "\(draft.services.count) services"
      Terminal.line(
        "\(output): \(count): \(draft.services.map(\.name).joined(separator: ", "))")
    }
    report(draft.doubts)
    Terminal.error(
      "Next: put the secrets into \(draft.secrets.joined(separator: ", ")), "
        + "then: slipway check --config \(output == "-" ? "FILE" : output)")
    if output != "-", isInside(root, output) {
      Terminal.error(
        "\(output) lies inside the repository, and its secrets would: move it to a directory of "
          + "its own, or keep both out of git.")
    }
  }

  private func isInside(_ root: String, _ output: String) -> Bool {
    let place = resolve(output, against: FileManager.default.currentDirectoryPath)
    let directory = URL(filePath: root, directoryHint: .isDirectory).standardizedFileURL.path
    return URL(filePath: place).standardizedFileURL.path
      .hasPrefix(directory.hasSuffix("/") ? directory : "\(directory)/")
  }

  private func report(_ doubts: [Doubt]) {
    guard !doubts.isEmpty else { return }
    Terminal.error("What could not be told, or was passed over:")
    for doubt in doubts { Terminal.error("  \(StyledText(doubt.description).text)") }
  }

  /// O_EXCL: what appears in between is not overwritten either.
  private func write(_ text: String) throws {
    let path = resolve(output, against: FileManager.default.currentDirectoryPath)
    let mode = force ? O_TRUNC : O_EXCL
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | mode, 0o644)
    guard descriptor >= 0 else {
      let code = errno
      Terminal.error(
        code == EEXIST
          ? "Error: \(output) is there already: choose another with --output, or say --force"
          : "Error: \(output) cannot be written: \(lastErrorText(code))")
      throw ExitCode(1)
    }
    defer { _ = close(descriptor) }
    guard Terminal.bytes(Array(text.utf8), to: descriptor) else {
      Terminal.error("Error: \(output) cannot be written: \(lastErrorText(errno))")
      throw ExitCode(1)
    }
  }
}

/// What `init` makes of a survey.
struct Draft {
  let services: [ServiceProposal]
  let text: String
  /// The files of secrets that the text asks for, relative to it, in its order.
  var secrets: [String] {
    text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      .flatMap { $0.matches(of: #/: (secrets\/[^ },]+)/#) }.map { String($0.1) }
  }
  let doubts: [Doubt]

  init(_ survey: Survey, directory: String) {
    let repository = RepositoryDraft(survey, directory: directory)
    let proposals = Proposals(survey, repository: repository.name)
    services = proposals.services
    text = ConfigurationDraft(proposals.services, repository).text
    doubts = survey.doubts + repository.doubts + proposals.doubts
  }
}
