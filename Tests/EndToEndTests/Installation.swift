import Foundation
import Glibc
import HTTPClient
import HTTPTypes
import TestKit

/// A real `slipway serve` over a state directory that outlives it: started, killed, started again.
final class Installation {
  let monorepo: Monorepo
  let directory: TemporaryDirectory
  let port: Int
  private let registries: [String: String]
  private let remote: Remote
  /// More of the configuration's `server`, after a comma.
  private let server: String
  static let webhookSecret = "It's a Secret to Everybody"
  static let token = "end-to-end-admin-token-0123456789"
  private var process: Process?

  /// How the server reaches its repository.
  struct Remote {
    var url: String
    /// More lines of the repository's entry in the configuration.
    var settings = ""
    /// Files that they name.
    var files: [String: String] = [:]
  }

  /// - Parameters:
  ///   - registries: of services whose image is elsewhere than the others'.
  ///   - remote: nil: by its path, without credentials.
  ///   - server: more of the configuration's `server`: `, trustedProxies: […]`.
  init(
    _ monorepo: Monorepo, concurrency: Int = 2, registries: [String: String] = [:],
    remote: Remote? = nil, server: String = ""
  ) throws {
    self.server = server
    self.monorepo = monorepo
    self.registries = registries
    self.remote = remote ?? Remote(url: monorepo.url)
    directory = try TemporaryDirectory("slipway-installation")
    port = try freePort()
    try directory.write(Self.webhookSecret, to: "webhook.secret")
    try directory.write(Self.token, to: "admin.token")
    try directory.write("end-to-end-read-token-0123456789", to: "read.token")
    try directory.write("end-to-end-one-token-0123456789", to: "one.token")
    for (name, text) in self.remote.files { try directory.write(text, to: name) }
    try directory.write(configuration(concurrency: concurrency), to: "slipway.yaml")
  }

  deinit { process?.terminate() }

  /// As GitHub names it in what it sends.
  var remoteURL: String { remote.url }
  var configurationFile: String { directory.appending("slipway.yaml") }
  var logFile: String { directory.appending("slipway.log") }

  private func configuration(concurrency: Int) -> String {
    let first = monorepo.services.first ?? ""
    let hosts = Set(registries.values).union([monorepo.registry]).sorted()
      .map { "\"\($0)\": { insecure: true }" }.joined(separator: ", ")
    var text = """
      server: { listen: "127.0.0.1:\(port)", publicURL: "http://127.0.0.1:\(port)"\(server) }
      state: { directory: state }
      auth:
        tokens:
        - { name: admin, role: admin, token: { file: admin.token } }
        - { name: reader, role: read, token: { file: read.token } }
        - { name: one, role: deploy, services: [\(first)], token: { file: one.token } }
      builder: { kind: buildah, concurrency: \(concurrency) }
      registries: { \(hosts) }
      logging: { level: debug }
      pipeline: { commitDeadline: 15s }
      repositories:
        shop:
          url: \(remote.url)
          branch: main
          webhookSecrets: [ { file: webhook.secret } ]
      \(remote.settings)
      services:

      """
    for service in monorepo.services {
      text += """
          \(service):
            repository: shop
            paths: [ '\(service)/**' ]
            build: { context: \(service) }
            image: \(registries[service] ?? monorepo.registry)/\(service)
            manifest: { path: k8s/\(service) }

        """
    }
    return text
  }

  func start() async throws {
    try launch(configurationFile)
    try await reachReadiness()
  }

  @discardableResult
  func launch(_ configurationFile: String) throws -> pid_t {
    let process = Process()
    process.executableURL = try binary()
    process.arguments = ["serve", "--config", configurationFile]
    if !FileManager.default.fileExists(atPath: logFile) {
      try directory.write("", to: "slipway.log")
    }
    let log = try FileHandle(forWritingTo: URL(fileURLWithPath: logFile))
    try log.seekToEnd()
    process.standardError = log
    process.standardOutput = log
    try process.run()
    self.process = process
    return process.processIdentifier
  }

  func reachReadiness() async throws {
    try await eventually("the server's start; see \(logFile)") {
      guard process?.isRunning == true else {
        throw ShellFailure(
          "slipway ended: \(try String(contentsOfFile: logFile, encoding: .utf8))")
      }
      return await isUp()
    }
  }

  private func isUp() async -> Bool {
    do {
      return try await call(.get, "/readyz").status == 200
    } catch {
      // Nobody listens yet.
      return false
    }
  }

  /// As a power cut would, the children included.
  func kill() {
    guard let process else { return }
    Glibc.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    self.process = nil
  }

  func stop() async throws -> Int32 {
    guard let process else { return 0 }
    process.terminate()
    process.waitUntilExit()
    self.process = nil
    return process.terminationStatus
  }

  func signal(_ number: Int32) {
    guard let process else { return }
    Glibc.kill(process.processIdentifier, number)
  }
}

/// The product beside the test binary.
func binary() throws -> URL {
  let tests = URL(
    fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(
      atPath: "/proc/self/exe"))
  let candidates = [
    tests.deletingLastPathComponent(), Fixtures.packageRoot.appending(path: ".build/debug"),
  ].map { $0.appending(path: "slipway") }
  guard
    let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) })
  else { throw ShellFailure("the slipway binary is not built: swift build") }
  return found
}
