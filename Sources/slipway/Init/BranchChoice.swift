import DeployModel

/// The branch that is deployed: the first at whose push a workflow publishes, of 1. the remote's
/// default, 2. `main` and `master` where something names them, 3. what workflows name, 4. what is
/// checked out, 5. what Applications follow. Where no workflow publishes at the push of any, the first
/// of them, but what is checked out comes last: it may be anybody's work.
struct BranchChoice {
  let name: String
  let doubt: Doubt?

  init(_ origin: GitOrigin, _ workflows: [FoundWorkflow], _ applications: [FoundApplication]) {
    let built = workflows.flatMap(\.branches).filter { BranchName($0) != nil && !$0.hasPrefix("!") }
    let followed = applications.compactMap(\.branch).filter { BranchName($0) != nil }
    let usual = ["main", "master"].filter((built + followed).contains)
    let first = [origin.defaultBranch].compactMap(\.self) + usual + built
    let checkedOut = [origin.checkedOut].compactMap(\.self)
    name =
      (first + checkedOut + followed).first { branch in
        workflows.contains { $0.publishes(atPushTo: branch) }
      } ?? (first + followed + checkedOut).first ?? "main"
    doubt = Self.doubt(name, origin, named: Set(first + followed))
  }

  private static func doubt(_ name: String, _ origin: GitOrigin, named: Set<String>) -> Doubt? {
    if name == origin.defaultBranch { return nil }
    let others = named.subtracting([name]).sorted()
    var notes: [String] = []
    if !others.isEmpty {
      notes.append("\(others.joined(separator: ", ")) \(others.count == 1 ? "is" : "are") named")
    }
    if let checkedOut = origin.checkedOut, !named.contains(checkedOut) {
      notes.append("\(named.isEmpty ? "nothing names one, and " : "")\(checkedOut) is checked out")
    }
    guard !notes.isEmpty else { return nil }
    return Doubt("", "the branch: \(name) was taken; \(notes.joined(separator: "; "))")
  }
}
