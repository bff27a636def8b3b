import DeployModel
import Yams

/// Everything in a repository that says what it builds and where it is deployed from.
struct Survey {
  let files: RepositoryFiles
  private(set) var dockerfiles: [FoundDockerfile] = []
  private(set) var kustomizations: [FoundKustomization] = []
  private(set) var workflows: [FoundWorkflow] = []
  private(set) var applications: [FoundApplication] = []
  /// Directories named `migrations` that hold SQL.
  private(set) var migrations: [String] = []
  private(set) var origin: GitOrigin
  private(set) var branch: BranchChoice
  private(set) var doubts: [Doubt]

  init(root: String) throws(FileFault) {
    files = try RepositoryFiles(root: root)
    doubts = files.doubts
    origin = GitOrigin(files)
    branch = BranchChoice(origin, [], [])
    readManifests()
    readDockerfiles()
    readWorkflows()
    branch = BranchChoice(origin, workflows, applications)
    passOverOtherWorkflows()
    let directories = files.paths.filter { $0.hasSuffix(".sql") }.map(PathText.directory(of:))
    migrations = Set(directories).filter { PathText.name(of: $0) == "migrations" }.sorted()
  }

  /// `owner/name` on GitHub, in lower case.
  var repositoryOnGitHub: String? {
    let remotes = [origin.url] + applications.map(\.repository)
    return remotes.compactMap { url -> String? in
      guard let url, let identity = RepositoryURL.identity(of: url),
        identity.hasPrefix("github.com/")
      else { return nil }
      return String(identity.dropFirst("github.com/".count)).lowercased()
    }.first
  }

  // MARK: Reading

  private mutating func readDockerfiles() {
    for path in files.paths where FoundDockerfile.isName(PathText.name(of: path)) {
      do throws(FileFault) {
        dockerfiles.append(FoundDockerfile(path: path, bytes: try files.bytes(of: path)))
      } catch {
        doubts.append(Doubt(path, "it cannot be read: \(error.reason)"))
      }
    }
  }

  private mutating func readManifests() {
    for path in files.paths where isYAML(path) && !path.hasPrefix(".github/") {
      let name = PathText.name(of: path)
      if FoundKustomization.names.contains(name) {
        guard let document = documents(of: path).first else { continue }
        var found = FoundKustomization(path: path, document)
        found.containers = containers(of: found)
        kustomizations.append(found)
      } else if mentions(path, "argoproj.io/", "Application") {
        applications += documents(of: path).flatMap { FoundApplication.all(in: $0, file: path) }
      }
    }
  }

  private mutating func readWorkflows() {
    for path in files.paths where path.hasPrefix(".github/workflows/") && isYAML(path) {
      guard let document = documents(of: path).first else { continue }
      let workflow = FoundWorkflow(file: path, document, repository: repositoryOnGitHub)
      doubts += workflow.doubts
      if !workflow.builds.isEmpty || !workflow.edits.isEmpty { workflows.append(workflow) }
    }
  }

  private mutating func passOverOtherWorkflows() {
    let others = workflows.filter { !$0.runs(atPushTo: branch.name) }
    for workflow in others where !workflow.builds.isEmpty {
      doubts.append(
        Doubt(
          workflow.file,
          "it builds images, but not when \(branch.name) is pushed; it was passed over"))
    }
    workflows.removeAll { !$0.runs(atPushTo: branch.name) }
    for index in workflows.indices { doubts += workflows[index].passOverTests() }
  }

  private mutating func containers(of kustomization: FoundKustomization) -> [String] {
    var images: [String] = []
    for path in kustomization.resources where files.paths.contains(path) {
      images += documents(of: path).flatMap(ContainerImages.of)
    }
    var seen: Set<String> = []
    return images.filter { seen.insert($0).inserted }
  }

  private mutating func documents(of path: String) -> [Node] {
    let text: String
    do throws(FileFault) {
      text = try files.text(of: path)
    } catch {
      doubts.append(Doubt(path, "it cannot be read: \(error.reason)"))
      return []
    }
    do throws(YAMLSource.SyntaxFault) {
      return try UntrustedYAML.documents(text)
    } catch {
      let doubt = Doubt(
        "\(path):\(error.position.line):\(error.position.column)", error.sentence)
      if !doubts.contains(doubt) { doubts.append(doubt) }
      return []
    }
  }

  /// Most YAML is neither: it is not parsed then, and may be as wrong as it likes.
  private func mentions(_ path: String, _ words: String...) -> Bool {
    do throws(FileFault) {
      let text = try files.text(of: path)
      return words.allSatisfy(text.contains)
    } catch {
      return false
    }
  }

  private func isYAML(_ path: String) -> Bool {
    path.hasSuffix(".yaml") || path.hasSuffix(".yml")
      || PathText.name(of: path) == "Kustomization"
  }
}
