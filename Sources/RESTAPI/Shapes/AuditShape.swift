import DeployModel

struct AuditShape: Encodable {
  var at: String
  var actor: String
  var action: String
  var subject: String
  var reason: String
  var requestId: String

  init(_ entry: AuditEntry) {
    at = entry.at.rfc3339
    actor = entry.actor
    action = entry.action
    subject = entry.subject
    reason = entry.reason
    requestId = entry.requestID
  }
}
