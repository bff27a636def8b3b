/// What PostgreSQL must have otherwise. Every file `name.postgres.sql` says why in its first line.
enum PostgresDialect {
  /// By number, as SQLite's: a number means the same tables and columns in both.
  static let migrations = [
    SQL.migration0001Postgres, SQL.migration0002Postgres, SQL.migration0003Postgres,
    SQL.migration0004Postgres, SQL.migration0005Postgres, SQL.migration0006Postgres,
    SQL.migration0007Postgres, SQL.migration0008Postgres, SQL.migration0009,
    SQL.migration0010Postgres, SQL.migration0011, SQL.migration0012, SQL.migration0013Postgres,
    SQL.migration0014Postgres,
  ]

  private static let overrides: [String: String] = [
    SQL.selectColumns: SQL.selectColumnsPostgres,
    SQL.selectTime: SQL.selectTimePostgres,
  ]

  static func text(of statement: String) -> String { overrides[statement] ?? statement }
}
