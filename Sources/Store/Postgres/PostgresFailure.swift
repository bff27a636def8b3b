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
  /// 0A000: what was prepared here gives other columns since a newer release has migrated the table.
  var endsConnection: Bool {
    !isConnected || code.hasPrefix("57P") || ["25006", Self.changedColumns].contains(code)
  }

  private static let changedColumns = "0A000"

  /// 1. The world: no connection, no space, no memory, shut down, read-only, a lock or a statement
  /// that took too long, a table that was migrated. Trying later may help. 2. Us: a statement or a constraint of ours.
  func error(in statement: String?) -> StoreError {
    let classes = ["08", "53", "57", "58", "40"]
    if !isConnected || code.isEmpty || classes.contains(String(code.prefix(2)))
      || ["25006", "55P03", Self.changedColumns].contains(code)
    {
      return .unavailable("PostgreSQL: \(message)")
    }
    return .bug("\(message), code \(code)\(statement.map { ", in: \($0)" } ?? "")")
  }
}
