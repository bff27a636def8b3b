import DeployModel
import FoundationEssentials

/// One authenticated call of `/api/v1`, its parts read and checked.
struct APICall: Sendable {
  var requestID: String
  var method: String
  var path: String
  var parameters: [String: String]
  var query: QueryReader
  var body: [UInt8]
  var idempotencyKey: String?
  var caller: Caller
  var credential: Credential

  func service() throws(Problem) -> ServiceName {
    guard let name = ServiceName(parameters["service"] ?? "") else {
      throw .notFound("there is no service of that name")
    }
    return name
  }

  func deploymentID() throws(Problem) -> DeploymentID {
    guard let id = DeploymentID(parameters["id"] ?? "") else {
      throw .notFound("there is no deployment of that id; ids look like backend-42")
    }
    return id
  }

  func deliveryGUID() throws(Problem) -> DeliveryGUID {
    guard let guid = DeliveryGUID(parameters["guid"] ?? "") else {
      throw .notFound("there is no delivery of that GUID")
    }
    return guid
  }

  func notificationID() throws(Problem) -> NotificationID {
    guard let id = NotificationID(parameters["notification"] ?? "") else {
      throw .notFound("there is no notification of that id; ids look like n42")
    }
    return id
  }

  /// Refuses a token that may change nothing at all (R13).
  func requireChanges() throws(Problem) {
    guard caller.role >= .deploy else {
      throw Problem(
        403, "Forbidden",
        "the token \(caller.name) has the role \(caller.role.rawValue); this needs the role deploy")
    }
  }

  /// Refuses a token that may not change this service (R13).
  func requireChange(of service: ServiceName) throws(Problem) {
    guard caller.mayChange(service) else {
      throw Problem(
        403, "Forbidden",
        "the token \(caller.name) (role \(caller.role.rawValue)) may not change \(service)")
    }
  }

  func requireAdmin() throws(Problem) {
    guard caller.role >= .admin else {
      throw Problem(
        403, "Forbidden",
        "the token \(caller.name) has the role \(caller.role.rawValue); "
          + "this needs admin")
    }
  }
}

/// What a call answers.
struct APIAnswer: Sendable {
  var status: Int
  var location: String?
  var body: [UInt8]

  static func json(_ value: some Encodable, status: Int = 200, location: String? = nil)
    throws(Problem) -> APIAnswer
  {
    APIAnswer(status: status, location: location, body: try encodeJSON(value))
  }
}

func encodeJSON(_ value: some Encodable) throws(Problem) -> [UInt8] {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.withoutEscapingSlashes]
  do {
    return Array(try encoder.encode(value))
  } catch {
    throw Problem(500, "Internal Server Error", "this is a defect: an answer was not encodable")
  }
}
