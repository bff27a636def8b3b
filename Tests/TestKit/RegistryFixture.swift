import Foundation
import Posix
import Synchronization

/// Debian's docker-registry on an ephemeral loopback port, its data in a temporary directory.
package final class RegistryFixture: Sendable {
  /// As in image references: `127.0.0.1:<port>`.
  package let host: String
  private let directory: TemporaryDirectory
  private let server: Task<Void, Never>

  package static let isInstalled = FileManager.default.isExecutableFile(
    atPath: "/usr/bin/docker-registry")

  /// For `protected: true`.
  package static let username = "slipway"
  package static let password = "correct horse"
  /// bcrypt of the password, the only kind that docker-registry reads.
  private static let htpasswd =
    "slipway:$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2\n"

  private init(host: String, directory: TemporaryDirectory, server: Task<Void, Never>) {
    self.host = host
    self.directory = directory
    self.server = server
  }

  /// Ends the registry; returns when its process is gone.
  package func stop() async {
    server.cancel()
    await server.value
  }

  /// Runs `body` with a registry that ends with it, however it ends.
  package static func with<Value: Sendable>(
    protected: Bool = false, deletes: Bool = true, _ body: (RegistryFixture) async throws -> Value
  ) async throws -> Value {
    let registry = try await start(protected: protected, deletes: deletes)
    do {
      let value = try await body(registry)
      await registry.stop()
      return value
    } catch {
      await registry.stop()
      throw error
    }
  }

  package static func start(
    protected: Bool = false, deletes: Bool = true
  ) async throws -> RegistryFixture {
    let directory = try TemporaryDirectory("registry")
    var configuration = """
      version: 0.1
      log: { level: info, accesslog: { disabled: true } }
      storage:
        filesystem: { rootdirectory: \(directory.appending("data")) }
        delete: { enabled: \(deletes) }
      http: { addr: "127.0.0.1:0", secret: fixture }

      """
    if protected {
      let file = try directory.write(htpasswd, to: "htpasswd")
      configuration += "auth: { htpasswd: { realm: fixture, path: \(file) } }\n"
    }
    let file = try directory.write(configuration, to: "registry.yml")
    let announcement = Announcement()
    let server = Task {
      do {
        _ = try await ChildProcess(
          "/usr/bin/docker-registry", ["serve", file], environment: ["PATH": "/usr/bin"],
          deadline: .seconds(3600), grace: .seconds(1)
        ).run { announcement.receive($0) }
        announcement.end("the registry ended")
      } catch {
        announcement.end("\(error)")
      }
    }
    do {
      let port = try await announcement.port()
      return RegistryFixture(host: "127.0.0.1:\(port)", directory: directory, server: server)
    } catch {
      server.cancel()
      await server.value
      throw error
    }
  }
}

/// Waits for `listening on 127.0.0.1:43211` in the registry's log.
private final class Announcement: Sendable {
  private struct State {
    var log = ""
    var outcome: Result<Int, NeverHappened>?
    var waiter: CheckedContinuation<Int, any Error>?
  }

  private let state = Mutex(State())

  func receive(_ bytes: [UInt8]) {
    let waiter: (CheckedContinuation<Int, any Error>, Int)? = state.withLock { state in
      guard state.outcome == nil else { return nil }
      state.log += String(decoding: bytes, as: UTF8.self)
      guard let mark = state.log.range(of: "listening on 127.0.0.1:"),
        case let digits = state.log[mark.upperBound...].prefix(while: \.isNumber),
        mark.upperBound < state.log.endIndex, digits.endIndex < state.log.endIndex,
        let port = Int(digits)
      else { return nil }
      state.outcome = .success(port)
      defer { state.waiter = nil }
      return state.waiter.map { ($0, port) }
    }
    waiter?.0.resume(returning: waiter?.1 ?? 0)
  }

  func end(_ why: String) {
    let waiter = state.withLock { state in
      defer { state.waiter = nil }
      let failure = NeverHappened(description: "no registry: \(why): \(state.log)")
      if state.outcome == nil { state.outcome = .failure(failure) }
      return state.waiter.map { ($0, failure) }
    }
    waiter.map { $0.0.resume(throwing: $0.1) }
  }

  func port() async throws -> Int {
    try await withCheckedThrowingContinuation { continuation in
      let outcome = state.withLock { state in
        if state.outcome == nil { state.waiter = continuation }
        return state.outcome
      }
      if let outcome { continuation.resume(with: outcome.mapError { $0 as any Error }) }
    }
  }
}
