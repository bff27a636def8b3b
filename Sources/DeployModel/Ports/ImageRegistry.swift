package struct RegistryError: Error, Hashable, Sendable, CustomStringConvertible {
  package var code: FailureCode
  package var message: String
  package var disposition: Disposition

  package init(code: FailureCode, message: String, disposition: Disposition) {
    self.code = code
    self.message = message
    self.disposition = disposition
  }

  package var description: String { message }
}

/// What a registry says about one tag.
package struct RegistryImage: Hashable, Sendable {
  package var digest: ImageDigest
  /// Labels of the image's configuration; for an index, of its first platform's.
  package var labels: [String: String]

  package init(digest: ImageDigest, labels: [String: String]) {
    self.digest = digest
    self.labels = labels
  }
}

package protocol ImageRegistry: Sendable {
  /// HEAD of the manifest; nil if the registry says that there is none.
  func digest(of tag: ImageTag, in repository: ImageRepository) async throws(RegistryError)
    -> ImageDigest?
  func digestExists(_ digest: ImageDigest, in repository: ImageRepository)
    async throws(RegistryError) -> Bool
  /// Without labels if the tag is there, and what it names is not whole any more.
  func image(_ tag: ImageTag, in repository: ImageRepository) async throws(RegistryError)
    -> RegistryImage?
  /// Puts the manifest of `digest` under one more tag, without pulling any layer.
  func tag(_ digest: ImageDigest, as tag: ImageTag, in repository: ImageRepository)
    async throws(RegistryError)
  /// Deletes the manifest, and with it every tag that names it. A registry that deletes nothing is one
  /// to give up.
  ///
  /// - Returns: false if there was none.
  func remove(_ digest: ImageDigest, in repository: ImageRepository)
    async throws(RegistryError) -> Bool
}
