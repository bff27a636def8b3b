package import HTTPClient

/// Why a call came to nothing.
package enum APIFailure: Error, Sendable {
  /// Nobody answered, or the answer broke off.
  case noAnswer(ClientError)
  /// The server said no, and why.
  case refused(Refusal)
  /// Something answered that does not speak as the contract says.
  case notUnderstood(status: Int, String)

  package struct Refusal: Sendable {
    package var call: ContractCall
    /// The service, id or GUID that was asked for.
    package var parameter: String?
    package var problem: ProblemRecord
    /// The answer as it came.
    package var json: [UInt8]

    package init(
      call: ContractCall, parameter: String?, problem: ProblemRecord, json: [UInt8]
    ) {
      self.call = call
      self.parameter = parameter
      self.problem = problem
      self.json = json
    }
  }

  /// The same call may do better later; nothing is wrong with the call itself.
  package var isPassing: Bool {
    switch self {
    case .noAnswer(let error):
      switch error {
      case .unreachable, .timedOut: true
      case .invalidRequest, .untrusted, .tooLarge, .cancelled, .closed: false
      }
    case .refused(let refusal): refusal.problem.status == 503 || refusal.problem.status == 429
    // A proxy in between whose server is away.
    case .notUnderstood(let status, _): (502...504).contains(status)
    }
  }
}
