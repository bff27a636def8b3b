import DeployModel
import GitHub
import OpenSSLKit
import Pipeline
import PipelineKit
import TestKit

/// One push as GitHub tells it.
struct PushNotice: Sendable {
  var guid: String
  var before: String
  var after: String
  var forced: Bool
}

/// Sends signed webhooks through the real door, and remembers what was answered.
struct GitHubDouble {
  private static let secret = Array("It's a Secret to Everybody".utf8)

  private let keyring: WebhookKeyring
  private let signer: HMACSHA256
  private let directory: RepositoryDirectory
  private let url: String
  /// On their way, in no order.
  var late: [PushNotice] = []
  /// Those that were answered with success.
  private(set) var accepted: [PushNotice] = []
  private var count = 0

  init(url: String) throws {
    let name = try PipelineWorld.repositoryName()
    guard let address = RepositoryURL(url),
      let secret = WebhookSecret(repository: name, position: 0, bytes: Self.secret)
    else { throw ShellFailure("bad repository") }
    keyring = try WebhookKeyring([secret])
    signer = try HMACSHA256(key: Self.secret.span)
    directory = RepositoryDirectory([
      ConfiguredRepository(name: name, url: address, branch: try PipelineWorld.branchName())
    ])
    self.url = url
  }

  mutating func notice(_ before: String, _ after: String, forced: Bool = false) -> PushNotice {
    count += 1
    return PushNotice(guid: "push-\(count)", before: before, after: after, forced: forced)
  }

  /// False if the answer was 503: then GitHub shows it as failed, and somebody redelivers it.
  mutating func send(_ notice: PushNotice, to pipeline: Pipeline) async throws -> Bool {
    let body = Array(
      """
      {"ref":"refs/heads/main","before":"\(notice.before)","after":"\(notice.after)",\
      "created":false,"deleted":false,"forced":\(notice.forced),\
      "repository":{"clone_url":"\(url)"},"pusher":{"name":"ada"}}
      """.utf8)
    let code = try signer.code(for: body.span)
    var hex = ""
    for index in code.indices {
      let digits = String(code[index], radix: 16)
      hex += digits.utf8.count == 1 ? "0\(digits)" : digits
    }
    let verified = try keyring.verify(
      signature: "sha256=\(hex)", event: "push", guid: notice.guid, body: body)
    do {
      switch try await pipeline.intake.accept(verified, in: directory) {
      case .accepted:
        accepted.append(notice)
      case .duplicate(let known):
        guard known.guid.text == notice.guid else { throw ShellFailure("another's duplicate") }
        if !accepted.contains(where: { $0.guid == notice.guid }) { accepted.append(notice) }
      case let answer:
        throw ShellFailure("\(notice.guid) was answered \(answer)")
      }
      return true
    } catch StoreError.unavailable {
      late.append(notice)
      return false
    }
  }
}
