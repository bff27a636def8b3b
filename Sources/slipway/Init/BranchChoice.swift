import DeployModel

/// The branch that is deployed. 1. The remote's default. 2. Those that workflows and Applications
/// name, the usual names first. Of these, the first at whose push a workflow runs. 3. What is checked
/// out, which may be anybody's work.
struct BranchChoice {
  let name: String
  let doubt: Doubt?

  init(_ origin: GitOrigin, _ workflows: [FoundWorkflow], _ applications: [FoundApplication]) {
    let named = (workflows.flatMap(\.branches) + applications.compactMap(\.branch))
      .filter { BranchName($0) != nil && !$0.hasPrefix("!") && $0 != "HEAD" }
    let candidates =
      [origin.defaultBranch].compactMap(\.self) + ["main", "master"].filter(named.contains) + named
    let built = candidates.first { branch in
      workflows.contains { $0.runs(atPushTo: branch) }
    }
    guard let name = built ?? candidates.first else {
      name = origin.checkedOut ?? "main"
      doubt = origin.checkedOut.map {
        Doubt("", "the branch: \($0) is what is checked out, and nothing else names one")
      }
      return
    }
    self.name = name
    let others = Set(candidates).subtracting([name]).sorted()
    let verb = others.count == 1 ? "is" : "are"
    doubt =
      others.isEmpty || name == origin.defaultBranch
      ? nil
      : Doubt(
        "",
        "the branch: \(others.joined(separator: ", ")) \(verb) named as well; \(name) was taken")
  }
}
