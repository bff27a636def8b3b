import DeployModel

/// Holds a proposal to what a configuration may say. What cannot be said is left out, and said.
struct ProposalReview {
  private(set) var accepted: [ServiceProposal] = []
  private(set) var doubts: [Doubt] = []
  private var entries: Set<String> = []

  init(_ proposals: [ServiceProposal]) {
    for proposal in proposals { review(proposal) }
  }

  private mutating func review(_ proposal: ServiceProposal) {
    var proposal = proposal
    let place = proposal.workflow ?? proposal.dockerfile
    if let fault = fault(in: proposal) {
      doubts.append(Doubt(place, "\(proposal.name) is left out: \(fault)"))
      return
    }
    if !entries.insert("\(proposal.manifest)\n\(proposal.imageName ?? proposal.image)").inserted {
      doubts.append(
        Doubt(
          place,
          "\(proposal.name) is left out: another service edits its entry in \(proposal.manifest)"))
      return
    }
    proposal.paths = patterns(proposal.paths, of: proposal)
    proposal.pathsIgnore = patterns(proposal.pathsIgnore, of: proposal)
    if proposal.pathsIgnore.isEmpty, proposal.paths.allSatisfy({ $0.hasPrefix("!") }) {
      proposal.paths = ["\(proposal.context.isEmpty ? "" : "\(proposal.context)/")**"]
      proposal.guesses.append("the paths")
    }
    reviewBuild(&proposal, place)
    if let application = proposal.application,
      [application.name, application.project, application.namespace].compactMap(\.self)
        .contains(where: { !isKubernetesName($0) })
    {
      proposal.application = nil
    }
    accepted.append(proposal)
  }

  /// What the service cannot be without.
  private func fault(in proposal: ServiceProposal) -> String? {
    for path in [proposal.context, proposal.manifest] where !isPath(path, rootAllowed: true) {
      return "\(path.shown) is no path inside the repository"
    }
    if !isPath(proposal.dockerfile, rootAllowed: false) {
      return "\(proposal.dockerfile.shown) is no path inside the repository"
    }
    if ImageRepository(proposal.image) == nil {
      return "\(proposal.image.shown) is no image's name"
    }
    if let name = proposal.imageName, !isLine(name) {
      return "\(name.shown) is no image entry's name"
    }
    return nil
  }

  private mutating func reviewBuild(_ proposal: inout ServiceProposal, _ place: String) {
    if let target = proposal.build.target, !isLine(target) {
      proposal.build.target = nil
      doubts.append(
        Doubt(place, "the target of \(proposal.name) is set by the run; it is left out"))
    }
    var seen: Set<String> = []
    proposal.build.platforms = proposal.build.platforms.filter { platform in
      isPlatform(platform) && seen.insert(platform).inserted
    }
    proposal.build.arguments = proposal.build.arguments.filter { !$0.value.utf8.contains(0) }
  }

  private mutating func patterns(_ patterns: [String], of proposal: ServiceProposal) -> [String] {
    patterns.filter { pattern in
      guard let fault = patternFault(pattern) else { return true }
      doubts.append(
        Doubt(
          proposal.workflow ?? proposal.dockerfile,
          "a pattern of \(proposal.name) is left out: \(fault) (`\(pattern.shown)`)"))
      return false
    }
  }

  private func isPath(_ path: String, rootAllowed: Bool) -> Bool {
    path.isEmpty ? rootAllowed : RepositoryPath(path).map { $0.path == path } ?? false
  }

  private func isLine(_ text: String) -> Bool {
    !text.allSatisfy(\.isWhitespace)
      && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
  }
}
