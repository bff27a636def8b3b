package import DeployModel
import Glibc

/// The store in a directory of this machine, for one process: a file in WAL mode, one connection
/// that writes and a few that read.
package final class SQLiteStore: SQLStore {
  package struct Options: Sendable {
    /// Reading connections, each with a small cache of its own.
    package var readers: Int
    /// The database's greatest size; beyond it the store answers `unavailable`. Nil: the disk's.
    package var maximumBytes: Int64?

    package init(readers: Int = 2, maximumBytes: Int64? = nil) {
      self.readers = readers
      self.maximumBytes = maximumBytes
    }
  }

  package static let fileName = "slipway.sqlite"

  package let writer: WriteLane
  package let readers: ReaderPool

  /// Opens or creates the database and brings its schema up to date. Blocks: for start-up.
  ///
  /// - Throws: `unavailable` if the directory cannot be written, or a newer release has used it.
  package init(directory: String, options: Options = Options()) throws(StoreError) {
    let path = "\(directory)/\(Self.fileName)"
    try Self.prepareFile(in: directory, path: path)
    let first = try SQLiteConnection.writing(path, maximumBytes: options.maximumBytes)
    try Schema.migrate(
      first,
      with: [
        SQL.migration0001, SQL.migration0002, SQL.migration0003, SQL.migration0004,
        SQL.migration0005, SQL.migration0006, SQL.migration0007, SQL.migration0008,
        SQL.migration0009, SQL.migration0010, SQL.migration0011, SQL.migration0012,
        SQL.migration0013, SQL.migration0014,
      ])
    let checkpointer = SQLiteCheckpointer { () throws(StoreError) in
      try SQLiteConnection.writing(path, maximumBytes: nil)
    }
    writer = WriteLane { () throws(StoreError) in
      let connection = try SQLiteConnection.writing(path, maximumBytes: options.maximumBytes)
      connection.useCheckpointer(checkpointer)
      return connection
    }
    readers = ReaderPool(width: options.readers) { () throws(StoreError) in
      try SQLiteConnection.reading(path)
    }
  }

  /// Transactions committed so far: with many writers far fewer than writes.
  package var commits: Int { writer.commits }

  /// The history is nobody else's business: the file is made readable for its owner only, and
  /// SQLite gives its companions the same mode. The directory is synced, so that the names last.
  private static func prepareFile(in directory: String, path: String) throws(StoreError) {
    if mkdir(directory, 0o700) != 0, errno != EEXIST {
      throw .unavailable("\(directory): \(String(cString: strerror(errno)))")
    }
    let file = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .unavailable("\(path): \(String(cString: strerror(errno)))") }
    close(file)
    let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else {
      throw .unavailable("\(directory): \(String(cString: strerror(errno)))")
    }
    defer { close(folder) }
    guard fsync(folder) == 0 else {
      throw .unavailable("\(directory): \(String(cString: strerror(errno)))")
    }
  }
}

extension SQLiteConnection {
  /// `synchronous=FULL` makes every commit wait for the disk (R1). The caches are small: the
  /// operating system keeps the file's pages as well.
  static func writing(_ path: String, maximumBytes: Int64?) throws(StoreError) -> SQLiteConnection {
    let connection = try SQLiteConnection(path: path, access: .readWrite)
    try connection.script(
      """
      PRAGMA busy_timeout = 5000;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA foreign_keys = ON;
      PRAGMA cache_size = -2048;
      PRAGMA wal_autocheckpoint = 0;
      PRAGMA journal_size_limit = 67108864;
      PRAGMA temp_store = MEMORY;
      """)
    if let maximumBytes {
      let pageSize = try connection.scalar("PRAGMA page_size") ?? 4096
      // Pragmas take no parameters; this is a number of ours.
      try connection.script("PRAGMA max_page_count = \(max(1, maximumBytes / pageSize))")
    }
    return connection
  }

  static func reading(_ path: String) throws(StoreError) -> SQLiteConnection {
    let connection = try SQLiteConnection(path: path, access: .readOnly)
    try connection.script(
      """
      PRAGMA busy_timeout = 5000;
      PRAGMA query_only = ON;
      PRAGMA cache_size = -512;
      """)
    return connection
  }
}
