package import DeployModel
import FoundationEssentials
package import HTTPClient
import HTTPTypes

/// Argo CD's REST API, as far as a rollout needs it.
package struct ArgoCDClient: RolloutObserver {
  private let client: HTTPClient
  /// Streams have a connection each for as long as they are open, and must not take those of calls.
  private let streams: HTTPClient
  /// Without a slash at its end; a path may be part of it.
  private let server: String
  private let token: String

  private let patience: Patience

  /// How long Argo CD is waited for.
  package struct Patience: Sendable {
    package var call: Duration = .seconds(15)
    /// A refresh answers when the manifests are rendered and compared.
    package var refresh: Duration = .seconds(90)
    /// A stream's head comes with its first line, or the first of the comments that follow every 15 s.
    package var head: Duration = .seconds(30)
    /// Of a stream: three of the comments have not come.
    package var silence: Duration = .seconds(50)

    package init() {}
  }

  /// Applications of thousands of resources take megabytes.
  private static let documentLimit = 32 << 20

  package init(
    client: HTTPClient, streams: HTTPClient, server: String, token: String,
    patience: Patience = Patience()
  ) {
    self.patience = patience
    self.client = client
    self.streams = streams
    self.server = server.hasSuffix("/") ? String(server.dropLast()) : server
    self.token = token
  }

  package func rollout(
    of application: ArgoCDApplication, refreshing: Bool, pods: Bool
  ) async throws(RolloutError) -> Rollout {
    var query = query(for: application)
    if refreshing { query.append(("refresh", "normal")) }
    let document = try await get(
      ApplicationDocument.self, url(application, "", query),
      deadline: refreshing ? patience.refresh : patience.call, application)
    let obstacle = pods ? await self.obstacle(of: application, document) : nil
    guard pods else { return document.rollout(pods: []) }
    let tree = try await get(
      ResourceTreeDocument.self,
      url(application, "/resource-tree", self.query(for: application)), deadline: patience.call,
      application)
    var rollout = document.rollout(pods: tree.pods, obstacle: obstacle)
    if rollout.health == .healthy, rollout.sync == .synced || rollout.differsByPruningAlone {
      rollout.dormantImages = await dormantImages(
        of: application, document.dormant(besides: rollout.pods))
    }
    return rollout
  }

  /// R12: of so many resources, each in a call of its own; an application has a few.
  private static let dormantLimit = 8

  private func dormantImages(
    of application: ArgoCDApplication, _ resources: [ApplicationDocument.Resource]
  ) async -> [String] {
    var images: [String] = []
    for resource in resources.prefix(Self.dormantLimit) {
      let facts = [
        ("group", resource.group), ("kind", resource.kind), ("namespace", resource.namespace),
        ("name", resource.name),
      ]
      let query =
        self.query(for: application) + facts.compactMap { fact in fact.1.map { (fact.0, $0) } }
      do {
        images += try await get(
          ManagedResourcesDocument.self, url(application, "/managed-resources", query),
          deadline: patience.call, application
        ).images()
      } catch {
        // The rollout is known all the same; without it the image is waited for.
        continue
      }
    }
    return images
  }

  /// Asked only of what is out of sync while nothing is done about it.
  private func obstacle(
    of application: ArgoCDApplication, _ document: ApplicationDocument
  ) async -> String? {
    guard document.status?.sync?.status == "OutOfSync", document.operation == nil else {
      return nil
    }
    do throws(RolloutError) {
      return try await get(
        SyncWindowsDocument.self, url(application, "/syncwindows", query(for: application)),
        deadline: patience.call, application
      ).obstacle(isAutoSynced: document.isAutoSynced)
    } catch {
      // The rollout is known all the same; without windows its deadline runs.
      return nil
    }
  }

  package func listen(
    to topic: RolloutTopic, after version: String?
  ) async throws(RolloutError) -> any RolloutFeed {
    var request = request(.get, streamURL(topic, version), patience.head)
    // Only so are there comments while nothing changes.
    request.headers[.accept] = "text/event-stream"
    let stream: ClientStream
    var refusal: [UInt8] = []
    do throws(ClientError) {
      stream = try await streams.stream(request, silence: patience.silence)
      if stream.status != 200 { refusal = try await stream.rest(limit: 64 << 10) }
    } catch {
      throw RolloutError(.unavailable, "Argo CD's stream: \(error)")
    }
    guard stream.status == 200 else {
      throw ArgoCDFailure(status: stream.status, body: refusal, subject: topic.subject).error
    }
    return ArgoCDStream(stream, by: streams, of: topic, lineLimit: Self.documentLimit)
  }

  package func sync(
    _ application: ArgoCDApplication, to revision: CommitSHA?
  ) async throws(RolloutError) {
    struct Body: Encodable {
      var name: String
      var revision: String?
      var appNamespace: String?
      var project: String?
    }
    try await post(
      Body(
        name: application.application, revision: revision?.hex,
        appNamespace: application.appNamespace, project: application.project),
      to: "/sync", application)
  }

  package func rollback(
    _ application: ArgoCDApplication, to id: Int
  ) async throws(RolloutError) {
    struct Body: Encodable {
      var name: String
      var id: Int
      var prune = false
      var dryRun = false
      var appNamespace: String?
      var project: String?
    }
    try await post(
      Body(
        name: application.application, id: id, appNamespace: application.appNamespace,
        project: application.project),
      to: "/rollback", application)
  }

  private func post(
    _ body: some Encodable, to path: String, _ application: ArgoCDApplication
  ) async throws(RolloutError) {
    var request = request(.post, url(application, path, []), patience.call)
    // Exactly this: with a `charset` the server answers 415.
    request.headers[.contentType] = "application/json"
    do {
      request.body = Array(try JSONEncoder().encode(body))
    } catch {
      throw RolloutError(.refused, "the request could not be written: \(error)")
    }
    _ = try await answer(to: request, application)
  }

  private func get<Document: Decodable>(
    _ type: Document.Type, _ url: String, deadline: Duration, _ application: ArgoCDApplication
  ) async throws(RolloutError) -> Document {
    let response = try await answer(to: request(.get, url, deadline), application)
    do {
      return try JSONDecoder().decode(type, from: Data(response.body))
    } catch {
      throw RolloutError(
        .unavailable,
        "Argo CD's answer for \(application.application) is not what its API describes")
    }
  }

  private func request(
    _ method: HTTPRequest.Method, _ url: String, _ deadline: Duration
  ) -> ClientRequest {
    var request = ClientRequest(
      method: method, url: url, deadline: deadline, responseLimit: Self.documentLimit)
    request.headers[.authorization] = "Bearer \(token)"
    return request
  }

  private func answer(
    to request: ClientRequest, _ application: ArgoCDApplication
  ) async throws(RolloutError) -> ClientResponse {
    let response: ClientResponse
    do throws(ClientError) {
      response = try await client.send(request)
    } catch {
      throw RolloutError(.unavailable, "Argo CD: \(error)")
    }
    guard (200...299).contains(response.status) else {
      throw ArgoCDFailure(
        status: response.status, body: response.body, subject: application.application
      ).error
    }
    return response
  }

  // MARK: Addresses

  /// With the project a missing application is 404; without it Argo CD says "permission denied".
  private func query(for application: ArgoCDApplication) -> [(String, String)] {
    var query: [(String, String)] = []
    if let project = application.project { query.append(("project", project)) }
    if let namespace = application.appNamespace { query.append(("appNamespace", namespace)) }
    return query
  }

  private func url(
    _ application: ArgoCDApplication, _ path: String, _ query: [(String, String)]
  ) -> String {
    let name = PercentEncoding.encoded(application.application)
    return "\(server)/api/v1/applications/\(name)\(path)\(Self.text(query))"
  }

  private func streamURL(_ topic: RolloutTopic, _ version: String?) -> String {
    let path: String
    var query: [(String, String)]
    switch topic {
    case .applications(let project):
      path = ""
      query = project.map { [("projects", $0)] } ?? []
      if let version { query.append(("resourceVersion", version)) }
    case .resources(let application):
      path = "/\(PercentEncoding.encoded(application.application))/resource-tree"
      query = self.query(for: application)
    }
    return "\(server)/api/v1/stream/applications\(path)\(Self.text(query))"
  }

  private static func text(_ query: [(String, String)]) -> String {
    guard !query.isEmpty else { return "" }
    return "?" + query.map { "\($0)=\(PercentEncoding.encoded($1))" }.joined(separator: "&")
  }
}
