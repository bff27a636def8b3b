import CSQLite
import DeployModel

extension StoreError {
  /// What SQLite's last result code means to the caller (sqlite.org/rescode.html).
  ///
  /// 1. The world: no space, no access, damaged or locked file. Trying later may help.
  /// 2. Us: a statement or a constraint of ours.
  init(sqlite database: OpaquePointer, statement: String? = nil) {
    let code = sqlite3_extended_errcode(database)
    let message = String(cString: sqlite3_errmsg(database))
    switch code & 0xff {
    case SQLITE_FULL:
      self = .unavailable("there is no space left for the database (\(message))")
    case SQLITE_BUSY, SQLITE_LOCKED:
      self = .unavailable("another process has locked the database (\(message))")
    case SQLITE_READONLY, SQLITE_PERM, SQLITE_CANTOPEN, SQLITE_AUTH:
      self = .unavailable("the database cannot be written (\(message))")
    case SQLITE_IOERR:
      self = .unavailable("the disk failed (\(message), code \(code))")
    case SQLITE_CORRUPT, SQLITE_NOTADB:
      self = .unavailable("the database file is damaged (\(message))")
    case SQLITE_NOMEM, SQLITE_PROTOCOL, SQLITE_INTERRUPT:
      self = .unavailable("\(message), code \(code)")
    default:
      self = .bug("\(message), code \(code)\(statement.map { ", in: \($0)" } ?? "")")
    }
  }
}
