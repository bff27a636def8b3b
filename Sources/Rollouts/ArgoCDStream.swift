import DeployModel
import FoundationEssentials
import HTTPClient

/// `GET /api/v1/stream/applications` and `…/{applicationName}/resource-tree`: a line for each change,
/// until one side has enough.
actor ArgoCDStream: RolloutFeed {
  /// `{"result": …}`, or `{"error": …}` as the last line (`runtimeStreamError`).
  private struct Line: Decodable {
    struct Result: Decodable {
      /// Absent in a tree of resources.
      var application: ApplicationDocument?
    }

    struct Failure: Decodable {
      var grpc_code: Int?
      var http_code: Int?
      var message: String?
    }

    var result: Result?
    var error: Failure?
  }

  /// One that is let go ends its streams.
  private let client: HTTPClient
  private let stream: ClientStream
  private let topic: RolloutTopic
  private var lines: StreamLines
  private var waiting: [[UInt8]] = []

  init(_ stream: ClientStream, by client: HTTPClient, of topic: RolloutTopic, lineLimit: Int) {
    self.client = client
    self.stream = stream
    self.topic = topic
    lines = StreamLines(limit: lineLimit)
  }

  func next() async throws(RolloutError) -> RolloutNotice? {
    while true {
      while !waiting.isEmpty {
        if let notice = try notice(in: waiting.removeFirst()) { return notice }
      }
      let bytes: [UInt8]?
      do throws(ClientError) {
        bytes = try await stream.next()
      } catch {
        throw RolloutError(.unavailable, "Argo CD's stream: \(error)")
      }
      guard let bytes else { return nil }
      do throws(StreamLines.TooLong) {
        waiting += try lines.take(bytes)
      } catch {
        throw RolloutError(.unavailable, "Argo CD's stream has a line without end")
      }
    }
  }

  private func notice(in object: [UInt8]) throws(RolloutError) -> RolloutNotice? {
    let line: Line
    do {
      line = try JSONDecoder().decode(Line.self, from: Data(object))
    } catch {
      throw RolloutError(.unavailable, "Argo CD's stream is not what its API describes")
    }
    if let failure = line.error {
      throw ArgoCDFailure(
        status: failure.http_code ?? 500, code: failure.grpc_code, text: failure.message ?? "",
        subject: topic.subject
      ).error
    }
    guard let result = line.result else { return nil }
    guard case .applications = topic else { return .resources }
    return result.application.flatMap { $0.notice }.map { .application($0) }
  }
}

extension RolloutTopic {
  /// For sentences.
  var subject: String {
    switch self {
    case .applications(let project): project.map { "in the project \($0)" } ?? "at all"
    case .resources(let application): application.application
    }
  }
}

extension ApplicationDocument {
  /// Nil for one without a name, of which there is none.
  fileprivate var notice: ChangedApplication? {
    guard let name = metadata?.name else { return nil }
    let rollout = rollout(pods: [])
    return ChangedApplication(
      name: name, namespace: metadata?.namespace ?? "", project: spec?.project ?? "",
      version: metadata?.resourceVersion, sync: rollout.sync, health: rollout.health)
  }
}
