import HTTPClient

/// The calls of `openapi.yaml` that this client makes, named as their `operationId`s. A test holds
/// each against that file.
package enum ContractCall: String, CaseIterable, Sendable {
  case listServices = "GET /api/v1/services"
  case getService = "GET /api/v1/services/{service}"
  case listServiceDeployments = "GET /api/v1/services/{service}/deployments"
  case deploy = "POST /api/v1/services/{service}/deployments"
  case rollBack = "POST /api/v1/services/{service}/rollback"
  case placeHold = "POST /api/v1/services/{service}/hold"
  case releaseHold = "DELETE /api/v1/services/{service}/hold"
  case getRollout = "GET /api/v1/services/{service}/rollout"
  case syncService = "POST /api/v1/services/{service}/sync"
  case listDeployments = "GET /api/v1/deployments"
  case getDeployment = "GET /api/v1/deployments/{id}"
  case getDeploymentLog = "GET /api/v1/deployments/{id}/log"
  case cancelDeployment = "POST /api/v1/deployments/{id}/cancel"
  case retryDeployment = "POST /api/v1/deployments/{id}/retry"
  case compareDeployments = "GET /api/v1/compare"
  case listDeliveries = "GET /api/v1/deliveries"
  case getDelivery = "GET /api/v1/deliveries/{guid}"
  case redeliver = "POST /api/v1/deliveries/{guid}/redeliver"
  case listNotifications = "GET /api/v1/notifications"
  case redeliverNotification = "POST /api/v1/notifications/{notification}/redeliver"
  case plan = "POST /api/v1/plan"
  case getStats = "GET /api/v1/stats"
  case streamEvents = "GET /api/v1/events"

  package var method: String { String(rawValue.prefix { $0 != " " }) }
  package var pattern: String { String(rawValue.drop { $0 != " " }.dropFirst()) }

  /// It can alter something: it takes an `Idempotency-Key`, and may be repeated with it.
  package var isChange: Bool {
    switch self {
    case .deploy, .rollBack, .placeHold, .releaseHold, .syncService, .cancelDeployment,
      .retryDeployment, .redeliver, .redeliverNotification:
      true
    default: false
    }
  }

  /// The pattern with its parameters filled in.
  func path(_ parameter: String?) -> String {
    guard let parameter, let open = pattern.firstIndex(of: "{"),
      let close = pattern.firstIndex(of: "}")
    else { return pattern }
    return pattern[..<open] + PercentEncoding.encoded(parameter)
      + pattern[pattern.index(after: close)...]
  }
}
