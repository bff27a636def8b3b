package import DeployModel
import Foundation
import Synchronization

/// Builds nothing and publishes into a `FakeRegistry`: an image's digest is made from its service
/// and its revision label, so that a test can tell images apart. Builds of a service can be made to
/// wait, or to fail.
package final class FakeBuilder: ImageBuilder {
  private struct State {
    var labels: [String: [String: String]] = [:]
    var started: [DeploymentID] = []
    var running: Set<DeploymentID> = []
    var mostAtOnce = 0
    var gates: [ServiceName: Gate] = [:]
    var failures: [ServiceName: BuildError] = [:]
    var sources: [DeploymentID: Set<String>] = [:]
    var chatter: (text: [UInt8], times: Int)?
  }

  private let state = Mutex(State())
  private let registry: FakeRegistry
  private let isReproducible: Bool

  /// - Parameter isReproducible: whether the same source gives the same digest each time.
  package init(publishingTo registry: FakeRegistry, isReproducible: Bool = true) {
    self.registry = registry
    self.isReproducible = isReproducible
  }

  package var running: Set<DeploymentID> { state.withLock { $0.running } }
  package var started: [DeploymentID] { state.withLock { $0.started } }
  package var mostAtOnce: Int { state.withLock { $0.mostAtOnce } }

  /// The files that a build was given, from the root of its source.
  package func source(of deployment: DeploymentID) -> Set<String> {
    state.withLock { $0.sources[deployment] ?? [] }
  }

  /// Builds of the service wait at the gate until it is opened.
  package func closeGate(of service: ServiceName) -> Gate {
    let gate = Gate()
    state.withLock { $0.gates[service] = gate }
    return gate
  }

  package func openGate(of service: ServiceName) {
    state.withLock { $0.gates.removeValue(forKey: service) }?.open()
  }

  package func fail(_ service: ServiceName, with error: BuildError?) {
    state.withLock { $0.failures[service] = error }
  }

  /// What every build prints besides, so many times.
  package func say(_ text: [UInt8], times: Int) { state.withLock { $0.chatter = (text, times) } }

  package func build(
    _ request: BuildRequest, log: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(BuildError) -> BuiltImage {
    let gate = state.withLock { state in
      state.started.append(request.deployment)
      state.running.insert(request.deployment)
      state.mostAtOnce = max(state.mostAtOnce, state.running.count)
      return state.gates[request.service]
    }
    defer { state.withLock { _ = $0.running.remove(request.deployment) } }
    let files = Set(
      FileManager.default.enumerator(atPath: request.sourceRoot)?.compactMap { $0 as? String } ?? []
    )
    state.withLock { $0.sources[request.deployment] = files }
    await log(Array("building \(request.service)\n".utf8))
    if let chatter = state.withLock({ $0.chatter }) {
      for _ in 0..<chatter.times { await log(chatter.text) }
    }
    do {
      try await gate?.pass()
    } catch {
      throw BuildError(code: .buildFailed, message: "cancelled", disposition: .giveUp)
    }
    if let failure = state.withLock({ $0.failures[request.service] }) { throw failure }
    let revision = request.labels["org.opencontainers.image.revision"] ?? ""
    let build = isReproducible ? "" : " by \(request.deployment)"
    let reference = "\(request.service)@\(revision)\(build)"
    state.withLock { $0.labels[reference] = request.labels }
    return BuiltImage(reference: reference, repository: request.repository)
  }

  package func push(
    _ image: BuiltImage, tag: ImageTag, log: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(BuildError) -> ImageDigest {
    let digest = Self.digest(of: image.reference)
    let labels = state.withLock { $0.labels[image.reference] ?? [:] }
    registry.put(RegistryImage(digest: digest, labels: labels), as: tag, in: image.repository)
    return digest
  }

  package func discard(_ image: BuiltImage) async {}

  package func prune(madeBefore time: Timestamp) async -> Int { 0 }

  /// FNV-1a, four times over: unlike for unlike text, and nothing more.
  private static func digest(of text: String) -> ImageDigest {
    var hex = ""
    for seed in UInt64(1)...4 {
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325 &+ seed
      for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      let digits = String(hash, radix: 16)
      hex += String(repeating: "0", count: 16 - digits.count) + digits
    }
    guard let digest = ImageDigest("sha256:\(hex)") else { preconditionFailure("64 digits") }
    return digest
  }
}
