package import DeployModel
import Synchronization

/// A signer in memory; the pipeline's tests are of when it is asked, and of what its answers lead to.
package final class FakeSigner: ImageSigner {
  private struct State {
    var signatures: [ImageDigest] = []
    var isOn = false
    var failures: [RegistryError] = []
    var refusal: RegistryError?
  }

  private let state = Mutex(State())

  /// Signs nothing until it is turned on.
  package init() {}

  package func turnOn() { state.withLock { $0.isOn = true } }

  /// What was signed, in order.
  package var signatures: [ImageDigest] { state.withLock { $0.signatures } }

  /// The next calls fail so, one after another.
  package func fail(with failures: [RegistryError]) { state.withLock { $0.failures = failures } }

  /// No signature verifies; nil: all do again.
  package func refuse(with error: RegistryError?) { state.withLock { $0.refusal = error } }

  package func sign(
    _ image: PublishedImage, isNew: Bool, log: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(RegistryError) -> ImageSignature {
    let answer: Result<ImageSignature, RegistryError> = state.withLock { state in
      guard state.isOn else { return .success(.none) }
      if !state.failures.isEmpty { return .failure(state.failures.removeFirst()) }
      if !isNew, state.signatures.contains(image.digest) { return .success(.present) }
      state.signatures.append(image.digest)
      return .success(.made)
    }
    return try answer.get()
  }

  package func verify(_ image: PublishedImage) async throws(RegistryError) {
    if let refusal = state.withLock({ $0.refusal }) { throw refusal }
  }
}
