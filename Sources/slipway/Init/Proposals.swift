/// From what was found to services: first what workflows say, then what names suggest.
struct Proposals {
  private(set) var services: [ServiceProposal] = []
  private(set) var doubts: [Doubt] = []
  private let survey: Survey
  private let names: ServiceNames
  private let repository: String
  private let slots: [ImageSlot]
  private var freeSlots: [ImageSlot]
  /// Where each of the others has its image from.
  private var takenSlots: [ImageSlot: String] = [:]
  private var usedDockerfiles: Set<String> = []

  /// - Parameter repository: its name, `mirai-app`.
  init(_ survey: Survey, repository: String) {
    self.survey = survey
    self.repository = repository
    slots = Self.slots(survey)
    freeSlots = slots
    names = ServiceNames(
      images: freeSlots.map(\.entry.image)
        + survey.workflows.flatMap(\.builds).flatMap(\.images)
        .filter { !$0.contains(WorkflowValues.unknown) }, repository: repository)
    for workflow in survey.workflows {
      for build in workflow.builds { propose(build, of: workflow) }
    }
    matchDockerfiles()
    let review = ProposalReview(services)
    services = review.accepted
    doubts += review.doubts
    nameApart()
    shareMigrations()
    sayWhatIsLeft()
    services.sort { $0.name < $1.name }
  }

  /// Each entry of each kustomization; for one without entries, each image of its containers.
  private static func slots(_ survey: Survey) -> [ImageSlot] {
    survey.kustomizations.flatMap { kustomization in
      let entries =
        kustomization.entries.isEmpty
        ? kustomization.containers.map {
          FoundKustomization.Entry(name: $0, newName: nil, line: 0)
        } : kustomization.entries
      return entries.map { ImageSlot(kustomization: kustomization, entry: $0) }
    }
  }

  // MARK: Workflows

  private mutating func propose(_ build: FoundWorkflow.Build, of workflow: FoundWorkflow) {
    let place = "\(workflow.file):\(build.line)"
    guard let context = build.context, let dockerfile = build.dockerfilePath else {
      doubts.append(Doubt(place, "only a run knows what it builds; add that service by hand"))
      return
    }
    if !survey.files.exists(dockerfile) {
      doubts.append(Doubt(place, "it builds \(dockerfile), which is not there"))
    }
    guard let slot = slot(for: build, of: workflow, dockerfile, among: freeSlots) else {
      let taken = self.slot(for: build, of: workflow, dockerfile, among: slots)
      let reason =
        if let taken, let other = takenSlots[taken] {
          "what it builds for \(taken.directory) comes from \(other) already; it was passed over"
        } else {
          "no kustomization names what it builds (\(shown(build.images))); add that service by hand"
        }
      doubts.append(Doubt(place, reason))
      usedDockerfiles.insert(dockerfile)
      return
    }
    var proposal = proposal(slot, context: context, dockerfile: dockerfile, build)
    proposal.workflow = workflow.file
    apply(workflow, to: &proposal)
    for name in build.openArguments {
      doubts.append(
        Doubt(
          place, "the build argument \(name) of \(proposal.name) is set by the run; it is left out")
      )
    }
    if build.usesSecrets {
      doubts.append(
        Doubt(place, "\(proposal.name) is built with secrets: name them under `build.secrets`"))
    }
    take(proposal, slot, from: place)
  }

  /// The workflow's own file is no reason to deploy here.
  private mutating func apply(_ workflow: FoundWorkflow, to proposal: inout ServiceProposal) {
    func valid(_ patterns: [String]) -> [String] { patterns.filter { $0 != workflow.file } }
    if let paths = workflow.paths {
      let kept = valid(paths)
      if !kept.isEmpty { proposal.paths = kept }
    } else if let ignored = workflow.pathsIgnore {
      proposal.paths = []
      proposal.pathsIgnore = valid(ignored)
    } else {
      proposal.guesses.append("the workflow has no `paths`: it ran on every push")
    }
  }

  /// 1. The kustomization that the workflow edits. 2. The one that names the image. 3. One whose
  /// image ends alike, where only a run knows how it begins. 4. What the names suggest.
  private func slot(
    for build: FoundWorkflow.Build, of workflow: FoundWorkflow, _ dockerfile: String,
    among slots: [ImageSlot]
  ) -> ImageSlot? {
    for edit in workflow.edits(of: build) {
      let slot = slots.first { slot in
        slot.directory == edit.directory && ImageText.isAlike(edit.name, slot.entry.name)
      }
      if let slot { return slot }
    }
    let alike = slots.filter { slot in
      build.images.contains {
        ImageText.isAlike($0, slot.entry.image) || ImageText.isAlike($0, slot.entry.name)
      }
    }
    if let best = alike.min(by: ImageSlot.isBetter) { return best }
    guard let found = survey.dockerfiles.first(where: { $0.path == dockerfile }) else { return nil }
    return slots.map { ($0, score(found, $0)) }.filter { $0.1 >= Self.sure }
      .min { ($1.1, $0.0.directory) < ($0.1, $1.0.directory) }?.0
  }

  private func shown(_ images: [String]) -> String {
    images.isEmpty
      ? "an image without a name"
      : images.map { $0.replacing(String(WorkflowValues.unknown), with: "…") }
        .joined(separator: ", ")
  }

  // MARK: Names

  /// A score from which a match is taken.
  private static let sure = 5

  /// How well a Dockerfile's name and an image entry's fit together.
  private func score(_ dockerfile: FoundDockerfile, _ slot: ImageSlot) -> Int {
    let image = [names.short(slot.entry.image), ImageText.tail(slot.entry.image)]
    let directory = PathText.name(of: dockerfile.directory)
    let own =
      dockerfile.variant ?? (dockerfile.directory.isEmpty ? repository.lowercased() : directory)
    if !own.isEmpty, image.contains(own) { return 10 }
    if let variant = dockerfile.variant, slot.place == "\(directory)-\(variant)" { return 9 }
    if !own.isEmpty, slot.place == own { return 8 }
    if !own.isEmpty, image.contains(where: { $0.hasSuffix("-\(own)") || $0.hasPrefix("\(own)-") }) {
      return 6
    }
    let parts = dockerfile.directory.split(separator: "/").map(String.init)
    if dockerfile.variant == nil, parts.contains(where: image.contains) { return 5 }
    return 0
  }

  private mutating func matchDockerfiles() {
    while true {
      let open = survey.dockerfiles.filter { !usedDockerfiles.contains($0.path) }
      let pairs = open.flatMap { dockerfile in
        freeSlots.map { (dockerfile, $0, score(dockerfile, $0)) }
      }
      guard let best = pairs.map(\.2).max(), best >= Self.sure,
        let pair = pairs.filter({ $0.2 == best })
          .min(by: { left, right in
            left.0.path == right.0.path
              ? ImageSlot.isBetter(left.1, right.1) : left.0.path < right.0.path
          })
      else { break }
      match(pair.0, pair.1)
    }
    if services.isEmpty, survey.dockerfiles.count == 1, freeSlots.count == 1,
      let dockerfile = survey.dockerfiles.first, let slot = freeSlots.first
    {
      match(dockerfile, slot, "there is one Dockerfile, and one image entry")
    }
  }

  private mutating func match(
    _ dockerfile: FoundDockerfile, _ slot: ImageSlot, _ guess: String? = nil
  ) {
    let context = context(of: dockerfile)
    let build = FoundWorkflow.Build(line: 0, context: context, images: [])
    var proposal = proposal(slot, context: context, dockerfile: dockerfile.path, build)
    if let guess { proposal.guesses.append(guess) }
    if context != dockerfile.directory {
      proposal.guesses.append("the context, from what \(dockerfile.path) copies")
    }
    if !dockerfile.openArguments.isEmpty {
      let list = dockerfile.openArguments.joined(separator: ", ")
      doubts.append(
        Doubt(dockerfile.path, "it takes the build arguments \(list): see `build.args`"))
    }
    take(proposal, slot, from: dockerfile.path)
  }

  /// Its own directory, unless what it copies is at the root.
  private func context(of dockerfile: FoundDockerfile) -> String {
    guard !dockerfile.directory.isEmpty else { return "" }
    let sources = dockerfile.sources.map { ShellScript.joined("", $0) }.filter { !$0.isEmpty }
    let beside = sources.count { survey.files.exists("\(dockerfile.directory)/\($0)") }
    let atRoot = sources.count { survey.files.exists($0) }
    return atRoot > beside ? "" : dockerfile.directory
  }

  // MARK: Taking

  private func proposal(
    _ slot: ImageSlot, context: String, dockerfile: String, _ build: FoundWorkflow.Build
  ) -> ServiceProposal {
    let image = slot.entry.image
    let found = survey.dockerfiles.first { $0.path == dockerfile }
    let own = found.map { $0.variant ?? PathText.name(of: $0.directory) } ?? ""
    let tail = ImageText.tail(image)
    var proposal = ServiceProposal(
      name: own == tail ? tail : names.short(image),
      paths: Self.paths(context: context, dockerfile: dockerfile, manifest: slot.directory, found),
      pathsIgnore: [], build: build, context: context, dockerfile: dockerfile, image: image,
      manifest: slot.directory,
      migrations: survey.migrations.filter { PathText.isInside($0, context) },
      application: survey.applications.first {
        ShellScript.joined("", $0.path) == slot.directory
      })
    if let published = build.images.first(where: { !$0.contains(WorkflowValues.unknown) }),
      !image.contains("/")
    {
      proposal.image = published
    } else if !image.contains("/") {
      // It would be Docker's own library, which nobody may write to.
      let place = survey.repositoryOnGitHub.map { "ghcr.io/\($0)" } ?? "registry.example.com"
      proposal.image = "\(place)/\(image)"
      proposal.guesses.append("where it is published; the manifests say only \(image)")
    }
    proposal.imageName = slot.entry.name == proposal.image ? nil : slot.entry.name
    if slot.entry.line == 0 {
      proposal.guesses.append(
        "\(slot.kustomization.file) has no images entry yet; the first deployment adds it")
    }
    return proposal
  }

  /// Everything in the context, and the Dockerfile. Of the root: what is copied of it, or all but
  /// the manifests.
  private static func paths(
    context: String, dockerfile: String, manifest: String, _ found: FoundDockerfile?
  ) -> [String] {
    guard context.isEmpty else {
      return ["\(context)/**"] + (PathText.isInside(dockerfile, context) ? [] : [dockerfile])
    }
    let sources = found.map { $0.sources.map { ShellScript.joined("", $0) } } ?? []
    guard !sources.isEmpty, !sources.contains("") else {
      return manifest.isEmpty ? ["**"] : ["**", "!\(PathText.first(of: manifest))/**"]
    }
    var seen: Set<String> = []
    let patterns = sources.flatMap { [$0, "\($0)/**"] } + [dockerfile]
    return patterns.filter { seen.insert($0).inserted }
  }

  private mutating func take(
    _ proposal: ServiceProposal, _ slot: ImageSlot, from place: String
  ) {
    usedDockerfiles.insert(proposal.dockerfile)
    freeSlots.removeAll { $0 == slot }
    let others = freeSlots.filter { $0.entry.image == slot.entry.image }
    freeSlots.removeAll { $0.entry.image == slot.entry.image }
    for taken in [slot] + others { takenSlots[taken] = place }
    if !others.isEmpty {
      let places = Set(others.map(\.kustomization.file)).sorted().joined(separator: ", ")
      doubts.append(
        Doubt(
          places,
          "it names the image of \(proposal.name), too, which goes to \(slot.directory): a service "
            + "edits one kustomization"))
    }
    services.append(proposal)
  }

  /// Migrations belong to the service in whose context they lie deepest.
  private mutating func shareMigrations() {
    for directory in survey.migrations {
      let deepest = services.filter { $0.migrations.contains(directory) }
        .map(\.context.utf8.count).max()
      for index in services.indices where services[index].context.utf8.count != deepest {
        services[index].migrations.removeAll { $0 == directory }
      }
    }
  }

  /// Two services of one name: the directory tells them apart.
  private mutating func nameApart() {
    var taken: Set<String> = []
    for index in services.indices {
      var name = Self.key(services[index].name)
      if taken.contains(name) {
        name = Self.key(services[index].manifest.replacing("/", with: "-"))
      }
      var number = 2
      while !taken.insert(name).inserted {
        name = "\(Self.key(services[index].name))-\(number)"
        number += 1
      }
      services[index].name = name
    }
  }

  /// A configuration key: letters, digits, `-`, `_` and `.`.
  static func key(_ text: String) -> String {
    let kept = text.map { character -> Character in
      let isPlain = character.isASCII && (character.isLetter || character.isNumber)
      return isPlain || "-_.".contains(character) ? character : "-"
    }
    let trimmed = String(kept.drop { "-_.".contains($0) }.prefix(50))
    return trimmed.isEmpty ? "service" : trimmed
  }

  private mutating func sayWhatIsLeft() {
    for dockerfile in survey.dockerfiles where !usedDockerfiles.contains(dockerfile.path) {
      doubts.append(
        Doubt(dockerfile.path, "no kustomization was found that deploys what it builds"))
    }
    for slot in freeSlots where slot.entry.line > 0 {
      doubts.append(
        Doubt(
          "\(slot.kustomization.file):\(slot.entry.line)",
          "nothing here builds \(slot.entry.name); it was left alone"))
    }
  }
}

extension PathText {
  static func first(of path: String) -> String { String(path.prefix { $0 != "/" }) }
}
