package import DeployModel
import FoundationEssentials
import HTTPClient
import HTTPTypes
import OpenSSLKit

/// One receiver, as configured: where it is, what it takes, and the key that both know.
package struct WebhookTarget: Sendable {
  package enum Format: Hashable, Sendable {
    /// CloudEvents in JSON.
    case cloudEvents
    /// `{"text": …}`, as Slack's incoming webhooks and those of others take it.
    case text(TextTemplate)
  }

  let name: TargetName
  private let url: String
  private let format: Format
  private let key: HMACSHA256?
  private let deadline: Duration

  /// What it says is not looked at.
  private static let answerLimit = 64 << 10

  /// - Parameters:
  ///   - url: may hold a key; it is named nowhere.
  ///   - secret: nil: nothing is signed.
  ///   - deadline: R12: a receiver that has not answered by then has not taken it.
  package init(
    name: TargetName, url: String, format: Format, secret: [UInt8]?,
    deadline: Duration = .seconds(10)
  ) throws {
    self.name = name
    self.url = url
    self.format = format
    self.deadline = deadline
    key = try secret.map { try HMACSHA256(key: $0.span) }
  }

  /// Signed over the very bytes that are sent.
  func request(for message: NotificationMessage) throws -> ClientRequest {
    var headers = HTTPFields()
    let body: [UInt8]
    switch format {
    case .cloudEvents:
      headers[.contentType] = CloudEvent.contentType
      body = try CloudEvent(message).bytes()
    case .text(let template):
      headers[.contentType] = "application/json; charset=utf-8"
      body = Array(try JSONEncoder().encode(["text": template.text(for: message)]))
    }
    if let key { headers[.slipwaySignature] = try Self.signature(of: body, key) }
    return ClientRequest(
      method: .post, url: url, headers: headers, body: body, deadline: deadline,
      responseLimit: Self.answerLimit)
  }

  private static func signature(
    of body: [UInt8], _ key: HMACSHA256
  ) throws(HMACSHA256.Failure) -> String {
    let digits = Array("0123456789abcdef")
    let code = try key.code(for: body.span)
    var text = "sha256="
    for index in code.indices {
      text.append(digits[Int(code[index] >> 4)])
      text.append(digits[Int(code[index] & 15)])
    }
    return text
  }
}

extension HTTPField.Name {
  static let slipwaySignature = HTTPField.Name(validated: "X-Slipway-Signature-256")

  private init(validated name: StaticString) {
    guard let made = HTTPField.Name("\(name)") else {
      preconditionFailure("\(name) is no field name")
    }
    self = made
  }
}
