import DeployModel
import Foundation
import HTTPClient
import Images
import Logging
import Posix
import TestKit
import Testing

/// Every builder there is, as far as this machine can run it.
enum BuilderKind: String, CaseIterable, CustomTestStringConvertible {
  case buildah, docker, buildkit
  /// The adapter of BuildKit with a stand-in for buildctl: wherever buildah is.
  case buildctlStandIn

  var testDescription: String { rawValue }

  /// What `scripts/with-builders` has started.
  static let environment = ProcessInfo.processInfo.environment
  static let dockerHost = environment["SLIPWAY_TEST_DOCKER"]
  static let buildKitAddress = environment["SLIPWAY_TEST_BUILDKIT"]
  static let dockerComment: Comment =
    "needs a Docker engine: scripts/with-builders swift test …, with Debian's docker.io"
  static let buildKitComment: Comment =
    "needs a BuildKit: scripts/with-builders swift test …, with buildkitd, buildctl and runc"

  var isPresent: Bool {
    switch self {
    case .buildah, .buildctlStandIn: Workbench.hasRegistry
    case .docker: Self.dockerHost != nil && Workbench.hasRegistry
    case .buildkit: Self.buildKitAddress != nil && Workbench.hasRegistry
    }
  }

  static let present = allCases.filter(\.isPresent)
}

/// One builder, and sources for it to build.
final class ConformanceBench: Sendable {
  let kind: BuilderKind
  let builder: any ReloadableBuilder
  let workbench: Workbench
  var log: LogCollector { workbench.log }

  init(
    _ kind: BuilderKind, registry: RegistryFixture? = nil,
    credentials: RegistryAccounts.Credentials? = nil, docker: DockerCredentials? = nil,
    secrets: [String: String] = [:], path: String? = nil,
    adapting settings: (inout BuildKitSettings) -> Void = { _ in }
  ) throws {
    self.kind = kind
    var accounts: [String: RegistryAccounts.Account] = [:]
    if let registry { accounts[registry.host] = .init(credentials: credentials, insecure: true) }
    accounts["127.0.0.1:1"] = .init(insecure: true)
    let known = RegistryAccounts(accounts, docker: docker)
    workbench = try Workbench(
      accounts: known, secrets: secrets, path: path ?? Self.path(nil))
    let access = BuilderAccess(
      accounts: known,
      registry: RegistryClient(client: HTTPClient(), accounts: known, clock: RealClock())
    ) { _, name in
      guard let value = secrets[name] else { throw NoSecret() }
      return Array(value.utf8)
    }
    let state = workbench.directory.appending("state")
    let logger = Logger(label: "test")
    switch kind {
    case .buildah: builder = workbench.builder
    case .docker:
      builder = DockerBuilder(
        DockerSettings(
          host: BuilderKind.dockerHost ?? "unix:///nowhere", stateDirectory: state,
          instance: workbench.directory.path, access: access,
          path: path ?? Self.path(BuilderKind.environment["SLIPWAY_TEST_DOCKER_PATH"])),
        logger: logger)
    case .buildkit, .buildctlStandIn:
      let isReal = kind == .buildkit
      let address = isReal ? BuilderKind.buildKitAddress ?? "unix:///nowhere" : Self.standInAddress
      var kit = BuildKitSettings(
        addresses: [address], stateDirectory: state, instance: workbench.directory.path,
        access: access,
        environment: [
          "STANDIN_ALIVE": Self.standInAddress,
          "STANDIN_STORAGE": workbench.directory.appending("standin"),
        ],
        path: path
          ?? Self.path(
            isReal
              ? BuilderKind.environment["SLIPWAY_TEST_BUILDKIT_PATH"]
              : Fixtures.packageRoot.appending(path: "Tests/ImagesTests/Fixtures/bin").path))
      settings(&kit)
      builder = BuildKitBuilder(kit, logger: logger)
    }
  }

  static let standInAddress = "tcp://stand-in:1234"

  static func path(_ first: String?) -> String {
    (first.map { "\($0):" } ?? "") + "/usr/sbin:/usr/bin:/sbin:/bin"
  }

  func source(_ files: [String: String]) throws -> String { try workbench.source(files) }

  func build(_ request: BuildRequest) async throws(BuildError) -> BuiltImage {
    try await builder.build(request) { [log] in await log.append($0) }
  }

  func push(_ image: BuiltImage, _ name: String) async throws -> ImageDigest {
    try await builder.push(image, tag: try tag(name)) { [log] in await log.append($0) }
  }

  /// What a build that is over leaves: nothing, in no place.
  func leftovers() async throws -> [String] {
    let files =
      Files.exists(workbench.directory.appending("state/tmp"))
      ? try workbench.privateFiles() : []
    switch kind {
    case .buildah: return try await files + workbench.containers().map(String.init)
    case .docker: return try await files + images()
    case .buildkit, .buildctlStandIn: return files
    }
  }

  /// Names that this installation gave in the engine.
  private func images() async throws -> [String] {
    let listing = try await shell(
      "\(BuilderKind.environment["SLIPWAY_TEST_DOCKER_PATH"] ?? "/usr/bin")/docker",
      [
        "--host", BuilderKind.dockerHost ?? "", "image", "ls", "--format",
        "{{.Repository}}:{{.Tag}}",
      ])
    return listing.split(separator: "\n").map(String.init)
      .filter { $0.hasPrefix("localhost/slipway") }
  }
}
