/// What an image entry of a kustomization makes kustomize write.
package struct ManifestEntry: Hashable, Sendable {
  /// The image, without tag.
  package var name: String
  /// The digest's text where the entry has a digest alone.
  package var tag: String
  package var digest: ImageDigest?

  package init(name: String, tag: String, digest: ImageDigest?) {
    self.name = name
    self.tag = tag
    self.digest = digest
  }

  /// The same image to whoever pulls it: without a digest the tag says which, for tags do not move
  /// (R8).
  package func names(_ image: CurrentImage) -> Bool {
    guard tag == image.tag else { return false }
    guard let digest, let known = image.digest else { return true }
    return digest == known
  }
}
