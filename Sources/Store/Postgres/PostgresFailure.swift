import CPostgres
import DeployModel

/// What the server said of a statement that failed (PostgreSQL's appendix A, error codes).
struct PostgresFailure {
  private let code: String
  private let message: String
  private let isConnected: Bool

  init(_ result: PostgresResult, isConnected: Bool) {
    code = result.field(slipway_pg_diag_sqlstate) ?? ""
    message = String(cString: PQresultErrorMessage(result.pointer)).trimmingLines
    self.isConnected = isConnected
  }

  /// 57P: it is shutting down or starting. 25006: it has become a standby, and another is primary.
  var endsConnection: Bool {
    !isConnected || code.hasPrefix("57P") || code == "25006"
  }

  /// 1. The world: no connection, no space, no memory, shut down, read-only, a lock or a statement
  /// that took too long. Trying later may help. 2. Us: a statement or a constraint of ours.
  func error(in statement: String?) -> StoreError {
    let classes = ["08", "53", "57", "58", "40"]
    if !isConnected || code.isEmpty || classes.contains(String(code.prefix(2)))
      || ["25006", "55P03"].contains(code)
    {
      return .unavailable("PostgreSQL: \(message)")
    }
    return .bug("\(message), code \(code)\(statement.map { ", in: \($0)" } ?? "")")
  }
}
