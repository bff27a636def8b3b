import DeployModel
import Foundation
import GitHub
import HTTPServer
import HTTPTypes
import HTTPWire
import Logging
import Pipeline
import PipelineKit
import Posix
import RESTAPI
import Synchronization
import TestKit

/// The API over a pipeline world, called without a socket.
struct APIWorld {
  let pipeline: PipelineWorld
  let access: AccessTable
  let routes: APIRoutes
  let router: Router
  let senders: WebhookSenders

  static let silent = Logger(label: "api-test") { _ in SwiftLogNoOpLogHandler() }
  static let secret = "It's a Secret to Everybody"
  static let admin = "admin-token-0123456789abcdef"
  static let reader = "reader-token-0123456789abcdef"
  static let backendOnly = "backend-token-0123456789abcdef"

  static func make(
    services: [String] = ["backend", "frontend"], clock: any WallClock = TestClock()
  ) async throws -> APIWorld {
    let world = try await PipelineWorld.make(services: services, clock: clock)
    return try APIWorld(world, repositories: [("shop", world.monorepo.url, "main")])
  }

  init(
    _ world: PipelineWorld, repositories: [(name: String, url: String, branch: String)],
    verifiers: BlockingPool = BlockingPool(width: 1), logger: Logger = Self.silent
  ) throws {
    pipeline = world
    var secrets: [WebhookSecret] = []
    var configured: [ConfiguredRepository] = []
    for (name, url, branch) in repositories {
      guard let name = RepositoryName(name), let url = RepositoryURL(url),
        let branch = BranchName(branch),
        let old = WebhookSecret(
          repository: name, position: 1, bytes: Array("the secret before".utf8)),
        let secret = WebhookSecret(repository: name, position: 0, bytes: Array(Self.secret.utf8))
      else { throw ShellFailure("bad repository") }
      secrets += [secret, old]
      configured.append(ConfiguredRepository(name: name, url: url, branch: branch))
    }
    let door = WebhookDoor(
      WebhookDoor.Rules(
        keyring: try WebhookKeyring(secrets), directory: RepositoryDirectory(configured)))
    access = AccessTable(tokens: try Self.tokens(), anonymousRead: false)
    guard let sessions = world.store as? any SessionStore else {
      throw ShellFailure("this store keeps no sessions")
    }
    senders = WebhookSenders(world.pipeline.parts.metrics.registry)
    routes = APIRoutes(
      pipeline: world.pipeline, access: access, sessions: sessions,
      webhooks: WebhookEndpoint(
        intake: world.pipeline.intake, door: door, senders: senders,
        logger: logger, verifiers: verifiers),
      probes: ProbeEndpoints(
        store: StoreProbe(
          clock: world.pipeline.parts.clock, logger: logger
        ) { [store = world.store] () throws(StoreError) in try await store.checkWritable() }),
      metrics: MetricsEndpoint(world.pipeline.parts.metrics.registry, anonymous: false),
      logger: logger)
    router = routes.router(webhookBodyLimit: 25 << 20)
  }

  static func tokens() throws -> [APIToken] {
    [
      APIToken(name: "admin", role: .admin, services: nil, secret: Array(admin.utf8)),
      APIToken(name: "reader", role: .read, services: nil, secret: Array(reader.utf8)),
      APIToken(
        name: "one", role: .deploy, services: [try serviceName("backend")],
        secret: Array(backendOnly.utf8)),
    ]
  }

  func call(
    _ method: HTTPRequest.Method, _ target: String, body: String = "",
    token: String? = APIWorld.admin, headers extra: HTTPFields = [:]
  ) async throws -> APIReply {
    var headers = extra
    if !body.isEmpty, headers[.contentType] == nil { headers[.contentType] = "application/json" }
    return try await APIReply(
      respond(method, target, body: Array(body.utf8), token: token, headers: headers))
  }

  /// The answer as the server gets it: its stream, if it has one, has not begun.
  func respond(
    _ method: HTTPRequest.Method, _ target: String, body: [UInt8] = [],
    token: String? = APIWorld.admin, headers extra: HTTPFields = [:]
  ) async -> ServerResponse {
    var headers = extra
    if let token { headers[.authorization] = "Bearer \(token)" }
    let parts = target.split(separator: "?", maxSplits: 1)
    return await router.respond(
      to: ServerRequest(
        id: "request-1", method: method, path: String(parts[0]),
        query: parts.count > 1 ? String(parts[1]) : nil, headers: RequestFields(headers),
        body: body))
  }

  func webhook(
    _ body: [UInt8], headers: HTTPFields, path: String = "/webhooks/github",
    from address: String = "127.0.0.1"
  ) async throws -> APIReply {
    try await APIReply(
      router.respond(
        to: ServerRequest(
          id: "request-1", method: .post, path: path, headers: RequestFields(headers), body: body,
          remoteAddress: address)))
  }
}

func serviceName(_ text: String) throws -> ServiceName {
  guard let name = ServiceName(text) else { throw ShellFailure("bad name \(text)") }
  return name
}

struct APIReply {
  var status: Int
  var headers: HTTPFields
  var bytes: [UInt8]

  /// A stream is read to its end.
  init(_ response: ServerResponse) async throws {
    status = response.status.code
    headers = response.headers
    switch response.body {
    case .empty: bytes = []
    case .bytes(let body): bytes = body
    case .stream(let run):
      let written = Mutex<[UInt8]>([])
      try await run(HTTPBodyWriter { piece in written.withLock { $0 += piece } })
      bytes = written.withLock { $0 }
    }
  }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  func json() throws -> [String: Any] {
    guard let object = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
      throw ShellFailure("not an object: \(text)")
    }
    return object
  }

  func string(_ key: String) throws -> String? { try json()[key] as? String }
}

extension HTTPFields {
  /// From a table of names and values, as fixtures have them.
  init(_ table: [String: String]) {
    self.init()
    for (name, value) in table {
      if let field = HTTPField.Name(name) { self[field] = value }
    }
  }
}
