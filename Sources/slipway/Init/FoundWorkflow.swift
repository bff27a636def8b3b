import DeployModel
import Yams

/// A GitHub Actions workflow that builds images: what sets it off, what it builds, and which
/// kustomizations it edits.
struct FoundWorkflow {
  struct Build: Hashable {
    var line: Int
    /// Relative to the root, empty for the root itself; nil where only a run knows.
    var context: String?
    var dockerfile: String?
    /// Without tags; what only a run knows is `WorkflowValues.unknown`.
    var images: [String]
    var target: String?
    var arguments: [String: String] = [:]
    /// Arguments whose values only a run knows.
    var openArguments: [String] = []
    var platforms: [String] = []
    var usesSecrets = false
    /// To a registry: 1. it says so itself. 2. Its job pushes by other steps. Where neither is said of
    /// its Dockerfile: 3. a job pushes that builds nothing. 4. What it builds is written into a
    /// kustomization.
    var isPushed = false

    /// Nil where only a run knows.
    var dockerfilePath: String? {
      dockerfile ?? context.map { $0.isEmpty ? "Dockerfile" : "\($0)/Dockerfile" }
    }
  }

  /// `kustomize edit set image NAME=…`
  struct Edit: Hashable {
    var directory: String
    var name: String
    /// What the entry is set to, if it is said.
    var image: String?
  }

  var file: String
  var isOnPush = false
  var paths: [String]?
  var pathsIgnore: [String]?
  var branches: [String] = []
  var branchesIgnore: [String] = []
  var builds: [Build] = []
  var edits: [Edit] = []
  var doubts: [Doubt] = []

  init(file: String, _ root: Node, repository: String?) {
    self.file = file
    readTrigger(root.mapping?["on"])
    var values = WorkflowValues(repository: repository)
    var pushesOthers = false
    values.variables = Self.environment(root)
    for (_, job) in root.mapping?["jobs"]?.mapping.map(Array.init) ?? [] {
      if let called = job.text("uses") {
        doubts.append(
          Doubt("\(file):\(job.line)", "it calls the workflow \(called), which was not followed"))
        continue
      }
      var inJob = values
      inJob.variables.merge(Self.environment(job)) { _, new in new }
      for combination in WorkflowMatrix.combinations(job) {
        inJob.matrix = combination
        var reader = WorkflowSteps(values: inJob)
        reader.read(job)
        builds += reader.builds.filter { !builds.contains($0) }
        edits += reader.edits.filter { !edits.contains($0) }
        pushesOthers = pushesOthers || reader.pushes && reader.builds.isEmpty
      }
    }
    let said = Set(builds.filter(\.isPushed).map(\.dockerfilePath))
    for index in builds.indices where !said.contains(builds[index].dockerfilePath) {
      let build = builds[index]
      builds[index].isPushed =
        pushesOthers && !build.images.isEmpty || !edits(of: build).isEmpty
    }
  }

  /// Those that set what it builds.
  func edits(of build: Build) -> [Edit] {
    edits.filter { edit in
      builds.count == 1
        || build.images.contains { ImageText.isAlike($0, edit.image ?? edit.name) }
    }
  }

  /// `on: push`, `on: [push, …]`, `on: {push: {branches, paths}}`. A push of tags alone is none.
  private mutating func readTrigger(_ node: Node?) {
    guard let node else { return }
    if let name = node.scalar?.string { isOnPush = name == "push" }
    if let names = node.sequence { isOnPush = names.contains { $0.scalar?.string == "push" } }
    guard let push = node.mapping?["push"] else { return }
    branches = push.texts("branches") ?? []
    branchesIgnore = push.texts("branches-ignore") ?? []
    let isForTags =
      push.mapping?["tags"] != nil && branches.isEmpty && branchesIgnore.isEmpty
    isOnPush = !isForTags
    paths = push.texts("paths")
    pathsIgnore = push.texts("paths-ignore")
  }

  /// GitHub has the same patterns for branches as for paths.
  func runs(atPushTo branch: String) -> Bool {
    let filter =
      branches.isEmpty
      ? PathFilter(.pathsIgnore, branchesIgnore) : PathFilter(.paths, branches)
    return isOnPush && filter.includes(branch)
  }

  /// A workflow that only tests runs where nothing may be deployed.
  func publishes(atPushTo branch: String) -> Bool {
    runs(atPushTo: branch) && (builds.contains(where: \.isPushed) || !edits.isEmpty)
  }

  /// What is built and not pushed is to be tested. That is worth a word where nothing else is made of
  /// the Dockerfile.
  mutating func passOverTests() -> [Doubt] {
    let tests = builds.filter { !$0.isPushed }
    builds.removeAll { !$0.isPushed }
    let pushed = Set(builds.map(\.dockerfilePath))
    return tests.filter { !pushed.contains($0.dockerfilePath) }.map { build in
      Doubt(
        "\(file):\(build.line)",
        "it builds \(build.dockerfilePath ?? "an image") and does not push it; it was passed over")
    }
  }

  static func environment(_ node: Node) -> [String: String] {
    var variables: [String: String] = [:]
    for (key, value) in node.mapping?["env"]?.mapping.map(Array.init) ?? [] {
      guard let name = key.scalar?.string, let text = value.scalar?.string else { continue }
      variables[name] = text
    }
    return variables
  }
}

/// `strategy.matrix`: the values of each run of a job.
enum WorkflowMatrix {
  /// R12: GitHub's own limit is 256 jobs.
  private static let limit = 256

  static func combinations(_ job: Node) -> [[String: String]] {
    guard let matrix = job.mapping?["strategy"]?.mapping?["matrix"]?.mapping else { return [[:]] }
    var combinations: [[String: String]] = [[:]]
    for (key, values) in matrix {
      guard let name = key.scalar?.string, !["include", "exclude"].contains(name),
        let items = values.sequence
      else { continue }
      combinations = combinations.flatMap { known in
        items.prefix(limit).map { known.merging(Self.values(of: $0, as: name)) { _, new in new } }
      }
      combinations = Array(combinations.prefix(limit))
    }
    let included = (matrix["include"]?.sequence.map(Array.init) ?? []).prefix(limit).map { item in
      (item.mapping.map(Array.init) ?? []).reduce(into: [String: String]()) { values, pair in
        guard let name = pair.key.scalar?.string else { return }
        values.merge(Self.values(of: pair.value, as: name)) { _, new in new }
      }
    }
    return added(Array(included), to: combinations)
  }

  /// As GitHub does: an inclusion is added to each combination that it does not contradict, and is
  /// one of its own where there is none.
  private static func added(
    _ included: [[String: String]], to combinations: [[String: String]]
  ) -> [[String: String]] {
    var result = combinations == [[:]] && !included.isEmpty ? [] : combinations
    for values in included {
      let matches = result.indices.filter { index in
        combinations.contains { $0.allSatisfy { result[index][$0] == $1 } }
          && values.allSatisfy { name, value in
            combinations.first?[name] == nil || result[index][name] == value
          }
      }
      if combinations == [[:]] || matches.isEmpty {
        result.append(values)
      } else {
        for index in matches { result[index].merge(values) { old, _ in old } }
      }
    }
    return Array(result.prefix(limit))
  }

  private static func values(of node: Node, as name: String) -> [String: String] {
    if let text = node.scalar?.string { return [name: text] }
    var values: [String: String] = [:]
    for (key, value) in node.mapping.map(Array.init) ?? [] {
      guard let member = key.scalar?.string, let text = value.scalar?.string else { continue }
      values["\(name).\(member)"] = text
    }
    return values
  }
}
