import DeployModel
import Foundation
import HTTPClient
import Images
import Logging
import Posix
import TestKit
import Testing

/// Real buildah with a storage of its own, and sources for it to build.
final class Workbench: Sendable {
  static let hasBuildah =
    FileManager.default.isExecutableFile(atPath: "/usr/bin/buildah") && getuid() == 0
  static let hasRegistry = hasBuildah && RegistryFixture.isInstalled

  let directory: TemporaryDirectory
  let settings: BuildahSettings
  let builder: BuildahBuilder
  let log = LogCollector()

  init(
    accounts: RegistryAccounts = RegistryAccounts(), secrets: [String: String] = [:],
    path: String = "/usr/sbin:/usr/bin:/sbin:/bin"
  ) throws {
    directory = try TemporaryDirectory("workbench")
    settings = BuildahSettings(
      stateDirectory: directory.appending("state"), instance: directory.path, accounts: accounts,
      secret: { _, name in
        guard let value = secrets[name] else { throw NoSecret() }
        return Array(value.utf8)
      }, path: path)
    builder = BuildahBuilder(settings, logger: Logger(label: "test"))
  }

  convenience init(_ registry: RegistryFixture) throws {
    try self.init(accounts: RegistryAccounts([registry.host: .init(insecure: true)]))
  }

  /// A repository root with these files. `busybox` stands in every one, for `RUN` steps.
  func source(_ files: [String: String]) throws -> String {
    let root = "sources/\(UUID().uuidString)"
    for (path, text) in files { try directory.write(text, to: "\(root)/\(path)") }
    let path = directory.appending(root)
    try FileManager.default.copyItem(atPath: "/bin/busybox", toPath: "\(path)/busybox")
    return path
  }

  func request(
    _ root: String, to repository: ImageRepository? = nil, dockerfile: String = "Dockerfile",
    context: String = ".", target: String? = nil, arguments: [String: String] = [:],
    platforms: [String] = [], secrets: [String] = [], labels: [String: String] = [:],
    deadline: Duration = .seconds(60)
  ) throws -> BuildRequest {
    let service = try #require(ServiceName("backend"))
    return BuildRequest(
      deployment: DeploymentID(service: service, number: 42), service: service, sourceRoot: root,
      specification: BuildSpecification(
        context: try #require(RepositoryPath(context)),
        dockerfile: try #require(RepositoryPath(dockerfile)), target: target,
        arguments: arguments, platforms: platforms, secrets: secrets),
      arguments: arguments, labels: labels, repository: try repository ?? .sample,
      deadline: deadline)
  }

  func build(_ request: BuildRequest) async throws(BuildError) -> BuiltImage {
    try await builder.build(request) { [log] in await log.append($0) }
  }

  func push(_ image: BuiltImage, _ tag: String) async throws -> ImageDigest {
    try await builder.push(image, tag: try ImagesTests.tag(tag)) { [log] in
      await log.append($0)
    }
  }

  /// buildah on the same storage, beside the builder.
  @discardableResult
  func buildah(_ arguments: [String]) async throws -> String {
    let result = try await ChildProcess(
      "buildah",
      [
        "--root", "\(settings.stateDirectory)/storage", "--runroot",
        "\(settings.stateDirectory)/run", "--storage-driver", settings.driver.rawValue,
      ] + arguments,
      environment: ["PATH": settings.path, "HOME": settings.stateDirectory],
      deadline: .seconds(60)
    ).run()
    #expect(result.succeeded, "\(result.errorText)")
    return result.outputText
  }

  func containers() async throws -> [Substring] {
    try await buildah(["containers", "--all", "--quiet"]).split(separator: "\n")
  }

  /// What builds leave in the private directory: nothing.
  func privateFiles() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(settings.stateDirectory)/tmp")
  }
}

actor LogCollector {
  private(set) var text = ""
  func append(_ bytes: [UInt8]) { text += String(decoding: bytes, as: UTF8.self) }
}

/// Real time: for parts that wait for real processes.
struct RealClock: WallClock {
  func now() -> Timestamp {
    Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
  }
  func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}

struct NoSecret: Error {}

func tag(_ text: String) throws -> ImageTag { try #require(ImageTag(text)) }

extension ImageRepository {
  static var sample: ImageRepository {
    get throws { try #require(ImageRepository("127.0.0.1:1/acme/backend")) }
  }
}

extension RegistryFixture {
  func repository(_ path: String = "acme/backend") throws -> ImageRepository {
    try #require(ImageRepository("\(host)/\(path)"))
  }

  func client(_ account: RegistryAccounts.Account = .init(insecure: true)) -> RegistryClient {
    RegistryClient(
      client: HTTPClient(), accounts: RegistryAccounts([host: account]), clock: RealClock())
  }
}

/// The error that `body` ends with.
func buildError(_ body: () async throws -> Void) async throws -> BuildError {
  let error = await #expect(throws: BuildError.self) { try await body() }
  return try #require(error)
}
