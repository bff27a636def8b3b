import DeployModel

/// What an image entry says today, merge keys and aliases applied. Text as written: a tag that
/// YAML reads as a number is still the digits that stand there.
package struct KustomizationEntry: Hashable, Sendable {
  package var tag: String?
  package var digest: String?
  package var newName: String?

  package init(tag: String?, digest: String?, newName: String?) {
    self.tag = tag
    self.digest = digest
    self.newName = newName
  }
}

package enum KustomizationFile {
  /// The names that kustomize looks for, in its order.
  package static let names = ["kustomization.yaml", "kustomization.yml", "Kustomization"]

  /// The one kustomization among a directory's names. None is an error, and so are two: kustomize
  /// refuses to choose.
  package static func locate(in directory: [String]) throws(KustomizationError) -> String {
    let found = names.filter(directory.contains)
    guard let name = found.first else {
      throw KustomizationError(
        code: .kustomizationMissing,
        message: "there is no kustomization.yaml, kustomization.yml or Kustomization here; "
          + "add one, or correct the service's manifest.path")
    }
    guard found.count == 1 else {
      throw KustomizationError(
        message: "\(found.joined(separator: " and ")) stand side by side; keep one of them")
    }
    return name
  }

  /// What the file says about one image; nil if it has no entry of exactly that name.
  package static func read(_ bytes: [UInt8], image name: String)
    throws(KustomizationError) -> KustomizationEntry?
  {
    let images = try ImageEntries(bytes)
    guard let entry = try images.entry(named: name) else { return nil }
    return KustomizationEntry(
      tag: try images.value("newTag", of: entry), digest: try images.value("digest", of: entry),
      newName: try images.value("newName", of: entry))
  }
}
