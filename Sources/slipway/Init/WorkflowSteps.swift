import Yams

/// The steps of one job, read with one combination of its matrix.
struct WorkflowSteps {
  var values: WorkflowValues
  private(set) var builds: [FoundWorkflow.Build] = []
  private(set) var edits: [FoundWorkflow.Edit] = []
  /// `images` of docker/metadata-action, by the step's id.
  private var metadata: [String: [String]] = [:]
  /// A command or an action pushes images.
  private(set) var pushes = false

  init(values: WorkflowValues) { self.values = values }

  mutating func read(_ job: Node) {
    let usual = job.mapping?["defaults"]?.mapping?["run"]?.text("working-directory")
    for step in job.mapping?["steps"]?.sequence.map(Array.init) ?? [] {
      let outer = values
      values.variables.merge(FoundWorkflow.environment(step)) { _, new in new }
      defer { values = outer }
      if let action = step.text("uses")?.prefix(while: { $0 != "@" }).lowercased() {
        let with = step.mapping?["with"]
        switch action {
        case "docker/metadata-action": if let with { readMetadata(step, with) }
        case "docker/build-push-action": if let with { readBuild(step, with) }
        default: pushes = pushes || Self.pushesImages([action])
        }
      } else if let script = step.text("run") {
        let directory = values.expanded(step.text("working-directory") ?? usual ?? "")
        readScript(script, in: ShellScript.joined("", directory), line: step.line)
      }
    }
    guard pushes else { return }
    for index in builds.indices where !builds[index].images.isEmpty {
      builds[index].isPushed = true
    }
  }

  // MARK: Actions

  private mutating func readMetadata(_ step: Node, _ with: Node) {
    guard let id = step.text("id"), let images = with.text("images") else { return }
    metadata[id] = Self.items(values.expanded(images)).map { line in
      // `name=…,enable=…` is the long form.
      let name = line.split(separator: ",").first { $0.hasPrefix("name=") }
      return Self.image(name.map { String($0.dropFirst("name=".count)) } ?? line)
    }
  }

  private mutating func readBuild(_ step: Node, _ with: Node) {
    let tags = with.text("tags") ?? ""
    var build = FoundWorkflow.Build(
      line: step.line, context: Self.path(values.expanded(with.text("context") ?? ".")),
      dockerfile: with.text("file").flatMap { Self.path(values.expanded($0)) },
      images: metadataImages(in: tags) ?? Self.items(values.expanded(tags)).map(Self.image),
      target: with.text("target").map { values.expanded($0) }.flatMap { $0.isEmpty ? nil : $0 },
      platforms: Self.items(values.expanded(with.text("platforms") ?? "")))
    for line in Self.items(with.text("build-args") ?? "", commas: false) {
      take(argument: line, &build)
    }
    build.usesSecrets = with.mapping?["secrets"] != nil
    // An expression is true on some occasion, or nobody would have written it.
    build.isPushed =
      values.expanded(with.text("push") ?? "false") != "false"
      || Self.isRegistry(output: values.expanded(with.text("outputs") ?? ""))
    add(build)
  }

  /// `type=registry`, or `type=image,push=true`.
  private static func isRegistry(output: String) -> Bool {
    output.contains("type=registry") || output.contains("push=true")
  }

  /// `${{ steps.meta.outputs.tags }}`
  private func metadataImages(in tags: String) -> [String]? {
    guard tags.contains("steps.") else { return nil }
    return metadata.first { tags.contains("steps.\($0.key).outputs.tags") }?.value
  }

  // MARK: Scripts

  private mutating func readScript(_ text: String, in directory: String, line: Int) {
    let script = ShellScript(values.expanded(text, isScript: true), in: directory)
    for command in script.commands {
      if let place = command.words.firstRange(of: ["kustomize", "edit", "set", "image"]) {
        for word in command.words[place.upperBound...] where !word.hasPrefix("-") {
          take(edit: word, in: command.directory)
        }
      } else if command.words.firstRange(of: ["docker", "build"]) != nil
        || command.words.firstRange(of: ["docker", "buildx", "build"]) != nil
      {
        take(dockerBuild: command, line: line)
      } else {
        pushes = pushes || Self.pushesImages(command.words)
      }
    }
  }

  /// `docker push`, `make docker-push`, `./push.sh`, `skopeo copy`; not what pushes commits or charts.
  private static func pushesImages(_ words: [String]) -> Bool {
    if words.firstRange(of: ["skopeo", "copy"]) != nil { return true }
    return !words.contains { ["git", "helm", "echo"].contains($0) }
      && words.contains { $0.lowercased().contains("push") && !$0.lowercased().contains("git") }
  }

  private mutating func take(edit word: String, in directory: String) {
    guard !directory.contains(WorkflowValues.unknown) else { return }
    let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
    let edit = FoundWorkflow.Edit(
      directory: directory, name: Self.image(parts[0]),
      image: parts.count == 2 ? Self.image(parts[1]) : nil)
    if !edits.contains(edit) { edits.append(edit) }
  }

  /// Options of `docker build` without a value, and the context that is standard input. All others
  /// have one.
  private static let flags: Set<String> = [
    "-", "--check", "--compress", "--debug", "-D", "--disable-content-trust", "--force-rm",
    "--help", "--load", "--no-cache", "--pull", "--push", "-q", "--quiet", "--rm", "--squash",
  ]

  /// A value follows its option, after a space or `=`; after a short one, directly as well.
  private mutating func take(dockerBuild command: ShellScript.Command, line: Int) {
    var build = FoundWorkflow.Build(line: line, context: nil, images: [])
    var isDockerfileKnown = true
    // Up to what is redirected: `> build.log 2>&1`.
    var words = command.words.drop { $0 != "build" }.dropFirst()
      .prefix { $0.prefixMatch(of: #/[0-9&]?[<>]/#) == nil }
    while let word = words.popFirst() {
      guard word.hasPrefix("-") else {
        build.context = Self.path(ShellScript.joined(command.directory, word))
        continue
      }
      let option = word.hasPrefix("--") ? word.prefix { $0 != "=" } : word.prefix(2)
      let attached = word.dropFirst(option.count)
      if Self.flags.contains(String(option)) {
        if option == "--push" { build.isPushed = true }
        // `-qt NAME`
        if option.count == 2, !attached.isEmpty { words = ["-\(attached)"] + words }
        continue
      }
      let after = String(attached.first == "=" ? attached.dropFirst() : attached)
      guard let value = attached.isEmpty ? words.popFirst() : after else { break }
      switch option {
      case "-t", "--tag": build.images.append(Self.image(value))
      case "-f", "--file":
        // `-` is standard input.
        build.dockerfile =
          value == "-" ? nil : Self.path(ShellScript.joined(command.directory, value))
        isDockerfileKnown = build.dockerfile != nil
      case "--target": build.target = value
      case "--build-arg": take(argument: value, &build)
      case "--platform": build.platforms = Self.items(value)
      case "--secret": build.usesSecrets = true
      case "-o", "--output": build.isPushed = build.isPushed || Self.isRegistry(output: value)
      default: break
      }
    }
    if !isDockerfileKnown { build.context = nil }
    add(build)
  }

  // MARK: Values

  private mutating func add(_ build: FoundWorkflow.Build) {
    var build = build
    var seen: Set<String> = []
    build.images = build.images.filter { seen.insert($0).inserted }
    if !builds.contains(build) { builds.append(build) }
  }

  private func take(argument line: String, _ build: inout FoundWorkflow.Build) {
    let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, isVariableName(String(parts[0])) else { return }
    let value = values.expanded(String(parts[1]))
    if value.contains(WorkflowValues.unknown) {
      build.openArguments.append(String(parts[0]))
    } else {
      build.arguments[String(parts[0])] = value
    }
  }

  private static func items(_ text: String, commas: Bool = true) -> [String] {
    text.split { $0.isNewline || commas && $0 == "," }.map { String($0.trimmed) }
      .filter { !$0.isEmpty && !$0.hasPrefix("#") }
  }

  /// Registries know lower case only, and GitHub's owners have capitals.
  private static func image(_ text: String) -> String {
    ImageText.withoutTag(String(text.trimmed)).lowercased()
  }

  /// Nil where only a run knows.
  private static func path(_ text: String) -> String? {
    guard !text.contains(WorkflowValues.unknown), !text.contains("://"), !text.contains("{{") else {
      return nil
    }
    return ShellScript.joined("", text)
  }
}
