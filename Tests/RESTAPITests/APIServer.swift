import HTTPServer
import Logging
import Posix
import RESTAPI
import TestKit
import Testing

/// The API on a loopback port, wired as the program does, for clients that are not ours.
struct APIServer {
  let world: APIWorld
  let server: WebServer
  let url: String

  init(_ world: APIWorld) throws {
    self.world = world
    server = WebServer(
      listen: try #require(SocketAddress("127.0.0.1:0")),
      handler: CompressingHandler(world.router, pool: BlockingPool(width: 1)),
      logger: Logger(label: "api-test") { _ in SwiftLogNoOpLogHandler() }, reactors: 1)
    url = "http://127.0.0.1:\(try server.start().port)"
  }

  func stop() async {
    world.routes.longAnswers.end()
    await server.stop(within: .seconds(60))
  }

  func curl(_ arguments: String...) async throws -> ChildResult {
    try await ChildProcess(
      "curl", ["-sS", "-H", "Authorization: Bearer \(APIWorld.admin)"] + arguments,
      environment: ["PATH": "/usr/bin:/bin"], deadline: .seconds(120)
    ).run()
  }

  /// Runs a script of Python's with `requests`, a session `s` that has a token, and `url`.
  func requests(_ script: String) async throws -> ChildResult {
    let prologue = """
      import sys, requests
      url = sys.argv[1]
      s = requests.Session()
      s.headers['Authorization'] = 'Bearer ' + sys.argv[2]

      """
    return try await ChildProcess(
      "/usr/bin/python3", ["-c", prologue + script, url, APIWorld.admin],
      environment: ["PATH": "/usr/bin:/bin"], deadline: .seconds(120)
    ).run()
  }
}
