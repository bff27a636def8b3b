/// Signs published images, where that is configured.
package protocol ImageSigner: Sendable {
  /// Returns when the registry has a signature of the image, and, where verification is configured, one
  /// that verifies. Harmless where it was signed before.
  ///
  /// - Parameters:
  ///   - isNew: nobody can have signed it yet.
  ///   - log: receives what the signing program says, never with a secret in it.
  func sign(
    _ image: PublishedImage, isNew: Bool, log: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(RegistryError) -> ImageSignature
  /// That the image has a signature that verifies; nothing where verification is not configured.
  func verify(_ image: PublishedImage) async throws(RegistryError)
}

/// What was found out or done about an image's signature.
package enum ImageSignature: String, Hashable, Sendable {
  /// Signing is not configured.
  case none
  case made
  /// It had one already, which verifies.
  case present
}
