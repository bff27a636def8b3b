package import DeployModel

/// R7: brings one image entry to one tag, and leaves every other byte of the file as it is.
package struct KustomizationEdit: Hashable, Sendable {
  /// The entry's `name`, compared exactly.
  package var imageName: String
  /// Written as `newName` when the entry has to be added; an entry that is there keeps its own.
  package var repository: ImageRepository
  package var tag: ImageTag
  /// Takes the place of an entry's `digest`, which would otherwise keep the old image in force.
  package var digest: ImageDigest
  /// `digest`: an entry that has no `digest` gets one, too.
  package var pin: ImagePin

  package init(
    imageName: String, repository: ImageRepository, tag: ImageTag, digest: ImageDigest,
    pin: ImagePin = .tag
  ) {
    self.imageName = imageName
    self.repository = repository
    self.tag = tag
    self.digest = digest
    self.pin = pin
  }

  package struct Outcome: Hashable, Sendable {
    package var bytes: [UInt8]
    /// False if the entry already said so, with a tag that every reader takes for a string.
    package var isChanged: Bool
    /// For the deployment's timeline.
    package var warnings: [String]
  }

  /// 1. The entry says so already. 2. Its own `newTag` (and `digest`) are rewritten in place.
  /// 3. It has no `newTag` of its own: keys are added to it. 4. There is no entry: one is appended
  /// to the list. 5. There is no list: one is added. The result is read again, and refused unless
  /// it differs from the original in that entry alone.
  package func apply(to bytes: [UInt8]) throws(KustomizationError) -> Outcome {
    let images = try ImageEntries(bytes)
    let entry = try images.entry(named: imageName)
    try checkAmbiguity(in: images, entry: entry)
    var warnings: [String] = []
    let splices: [Splice]
    if let entry {
      warnings = try self.warnings(about: entry, in: images)
      if try isSettled(entry, in: images) {
        return Outcome(bytes: bytes, isChanged: false, warnings: warnings)
      }
      splices = try EntryRewrite(edit: self, images: images, entry: entry).splices()
    } else {
      warnings = [
        "images had no entry for \(imageName), so one was added; "
          + "`slipway check --render` tells whether a container names it"
      ]
      splices = EntryAddition(edit: self, images: images).splices()
    }
    let edited = Splice.apply(splices, to: bytes)
    try verify(edited, against: images, editing: entry)
    return Outcome(bytes: edited, isChanged: true, warnings: warnings)
  }

  private func isSettled(
    _ entry: ImageEntries.Entry, in images: ImageEntries
  ) throws(KustomizationError) -> Bool {
    guard try images.value("newTag", of: entry) == tag.name,
      let node = try images.node("newTag", of: entry.mapping)
    else { return false }
    let written = images.document.resolved(node)
    guard written.kind != .scalar(.plain) || written.tag == "!!str" || PlainScalar.isText(tag.name)
    else { return false }
    let digest = try images.value("digest", of: entry)
    return digest.map { $0 == self.digest.text } ?? (pin == .tag)
  }

  private func warnings(
    about entry: ImageEntries.Entry, in images: ImageEntries
  ) throws(KustomizationError) -> [String] {
    var warnings: [String] = []
    let deployed = try images.value("newName", of: entry) ?? imageName
    if let deployed = ImageRepository(deployed), deployed != repository {
      warnings.append("the entry for \(imageName) deploys \(deployed), not \(repository)")
    }
    if try images.value("tagSuffix", of: entry) != nil {
      warnings.append("tagSuffix has no effect beside newTag; remove it")
    }
    return warnings
  }

  /// Names are unescaped expressions to kustomize, and entries run in order, each on the result of
  /// the ones before: 1. another name catches this image; 2. this name catches another's; 3. a
  /// later entry takes up where this one's `newName` leads.
  private func checkAmbiguity(
    in images: ImageEntries, entry: ImageEntries.Entry?
  ) throws(KustomizationError) {
    let own = ImageNamePattern(imageName)
    let destination = try entry.flatMap { entry throws(KustomizationError) in
      try images.value("newName", of: entry)
    }
    for other in images.entries where other.index != entry?.index {
      guard let name = try images.value("name", of: other) else { continue }
      let pattern = ImageNamePattern(name)
      let isLater = entry.map { other.index > $0.index } ?? false
      let continues =
        isLater
        && destination.map { $0 != imageName && ($0 == name || pattern.mayCatch($0)) }
          ?? false
      guard pattern.mayCatch(imageName) || own.mayCatch(name) || continues else { continue }
      throw images.error(
        at: other.item.start,
        "the entry for \(name) can also apply to \(imageName) (kustomize reads names as patterns, "
          + "and applies entries in order); make the two distinct")
    }
  }
}

/// A range of bytes and what stands there instead.
struct Splice: Hashable {
  var range: Range<Int>
  var replacement: [UInt8]

  static func insert(_ text: [UInt8], at position: Int) -> Splice {
    Splice(range: position..<position, replacement: text)
  }

  /// Splices do not overlap; those at one place are applied in the order given.
  static func apply(_ splices: [Splice], to bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var position = 0
    let ordered = splices.enumerated().sorted {
      ($0.element.range.lowerBound, $0.element.range.upperBound, $0.offset)
        < ($1.element.range.lowerBound, $1.element.range.upperBound, $1.offset)
    }
    for (_, splice) in ordered {
      result += bytes[position..<splice.range.lowerBound]
      result += splice.replacement
      position = splice.range.upperBound
    }
    return result + bytes[position...]
  }
}
