import Foundation
import Git
import Posix
import Synchronization

/// Repositories behind smart HTTP and, if wanted, a token: `git http-backend` in a small server of
/// its own process, which ends with this object.
package final class GitHTTPServer: Sendable {
  package let port: Int
  private let directory: TemporaryDirectory
  private var root: String { directory.path }
  private let stop: AsyncStream<Void>.Continuation

  package convenience init(_ origin: GitOrigin, token: String? = nil) async throws {
    try await self.init(serving: origin.directory, token: token)
  }

  /// - Parameter directory: where the repositories are, bare.
  package init(serving directory: TemporaryDirectory, token: String? = nil) async throws {
    self.directory = directory
    let root = directory.path
    if let token { try Data(token.utf8).write(to: URL(fileURLWithPath: root + "/token")) }
    let (stopped, stop) = AsyncStream<Void>.makeStream()
    let (ports, announce) = AsyncStream<Int>.makeStream()
    self.stop = stop
    let script = Fixtures.packageRoot.appending(path: "Tests/TestKit/git-http.py").path
    let server = ChildProcess(
      "python3", [script, root], environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"],
      deadline: .seconds(600))
    Task {
      defer { announce.finish() }
      _ = try await server.converse { (conversation) throws(ChildError) in
        var line: [UInt8] = []
        while !line.contains(UInt8(ascii: "\n")) {
          guard let bytes = try await conversation.receive() else { throw .ended("python3") }
          line += bytes
        }
        let text = String(decoding: line, as: UTF8.self)
        if let port = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) {
          announce.yield(port)
        }
        for await _ in stopped {}
      }
    }
    guard let port = await ports.first(where: { _ in true }) else {
      throw FixtureFailure(description: "the git server did not start; is python3 installed?")
    }
    self.port = port
  }

  deinit { stop.finish() }

  /// - Parameter prefix: `read-only/` or `moved/`.
  package func url(_ prefix: String = "") -> String {
    "http://127.0.0.1:\(port)/\(prefix)origin.git"
  }

  /// From now on only this token is good.
  package func accept(_ token: String) throws {
    try Data(token.utf8).write(to: URL(fileURLWithPath: root + "/token"), options: .atomic)
  }

  /// `GET /origin.git/… with` or `without` credentials, in the order of arrival.
  package func requests() throws -> [String] { try lines(of: "requests") }

  /// Process ids whose command lines showed the token while a request was served.
  package func leaks() throws -> [String] { try lines(of: "leaks") }

  private func lines(of name: String) throws -> [String] {
    guard FileManager.default.fileExists(atPath: "\(root)/\(name)") else { return [] }
    return try String(contentsOfFile: "\(root)/\(name)", encoding: .utf8)
      .split(separator: "\n").map(String.init)
  }
}
