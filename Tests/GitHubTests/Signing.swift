import DeployModel
import Foundation
import GitHub
import OpenSSLKit
import TestKit
import Testing

func name(_ text: String) throws -> RepositoryName { try #require(RepositoryName(text)) }

/// Secrets by the name of their repository, the present one first.
func keyring(_ secrets: [String: [String]]) throws -> WebhookKeyring {
  try WebhookKeyring(
    secrets.sorted { $0.key < $1.key }.flatMap { repository, texts in
      try texts.enumerated().map { position, text in
        try #require(
          WebhookSecret(
            repository: try name(repository), position: position, bytes: Array(text.utf8)))
      }
    })
}

/// `X-Hub-Signature-256` as a sender makes it.
func sign(_ body: [UInt8], secret: String) throws -> String {
  let code = try HMACSHA256(key: Array(secret.utf8).span).code(for: body.span)
  let digits = Array("0123456789abcdef")
  return "sha256="
    + code.span.indices.map { "\(digits[Int(code[$0] >> 4)])\(digits[Int(code[$0] & 15)])" }
    .joined()
}

/// The only way to a `VerifiedDelivery`: sign, and have it verified.
func delivery(
  _ event: String, _ body: String, signedFor repository: String = "shop"
) throws -> VerifiedDelivery {
  let body = Array(body.utf8)
  return try keyring([repository: ["secret"]]).verify(
    signature: try sign(body, secret: "secret"), event: event,
    guid: "21cd2a2e-1a2a-5046-ac6c-ef48d51fdebf", body: body)
}

/// The payloads that GitHub, Argo CD and we ourselves published, with the headers of their sender.
struct SharedDeliveries {
  var file: String
  var event: String
  var guid: String
  var signature: String
  var body: [UInt8]

  static var areThere: Bool { Fixtures.areShared }

  static func load() throws -> [SharedDeliveries] {
    let folder = try #require(Fixtures.shared).appending(path: "github")
    struct Index: Decodable {
      struct Entry: Decodable {
        var file: String
        var event: String
        var headers: [String: String]
      }
      var deliveries: [Entry]
    }
    let index = try JSONDecoder().decode(
      Index.self, from: Data(contentsOf: folder.appending(path: "deliveries.json")))
    return try index.deliveries.map { entry in
      SharedDeliveries(
        file: entry.file, event: entry.event,
        guid: try #require(entry.headers["X-GitHub-Delivery"]),
        signature: try #require(entry.headers["X-Hub-Signature-256"]),
        body: Array(try Data(contentsOf: folder.appending(path: entry.file))))
    }
  }
}
