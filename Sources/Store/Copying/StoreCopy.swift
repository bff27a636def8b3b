package import DeployModel

/// Copies everything that one database keeps into another that keeps nothing, in one transaction.
package struct StoreCopy {
  package struct Table: Hashable, Sendable {
    package var name: String
    package var rows: Int
  }

  private let source: any SQLConnection
  private let target: any SQLConnection

  /// Both have this release's schema, and are used by nobody else.
  package init(from source: any SQLConnection, to target: any SQLConnection) {
    self.source = source
    self.target = target
  }

  /// Numbers itself: rows of a fresh database.
  private static let counters = "counter"
  /// Written by the migrations of each database.
  private static let versions = "schema_version"
  /// What other tables refer to comes first.
  private static let first = [counters, "delivery", "service", "deployment"]
  /// References to rows that come later; set when those are there.
  private static let later = [
    LateReference(table: "service", key: ["name"], column: "current_number"),
    LateReference(table: "deployment", key: ["sequence"], column: "superseded_by"),
  ]
  /// Values in one statement.
  private static let batch = 2000

  private struct LateReference {
    var table: String
    var key: [String]
    var column: String
  }

  /// - Parameter copied: called after each table.
  /// - Throws: `conflict` if the target keeps something already; nothing is changed then.
  package func run(
    _ copied: (Table) -> Void = { _ in }
  ) throws(StoreError) -> [Table] {
    try source.beginReading()
    do throws(StoreError) {
      try target.beginWriting()
      let tables = try shapes()
      try requireEmpty(tables)
      try target.run("DELETE FROM \(Self.counters)", [])
      var result: [Table] = []
      for table in tables {
        result.append(Table(name: table.name, rows: try copy(table)))
        copied(result[result.count - 1])
      }
      for reference in Self.later { try set(reference, of: tables) }
      try target.commit()
      try source.rollBack()
      return result
    } catch {
      if target.isInTransaction { try target.rollBack() }
      if source.isInTransaction { try source.rollBack() }
      throw error
    }
  }

  private func shapes() throws(StoreError) -> [TableShape] {
    let there = try TableShape.all(in: target)
    let here = try TableShape.all(in: source).filter { table in
      table.name != Self.versions && there.contains { $0.name == table.name }
    }
    for table in here {
      let other = there.first { $0.name == table.name }
      guard other?.columns.map(\.name).sorted() == table.columns.map(\.name).sorted() else {
        throw .bug("the table \(table.name) has other columns in the two databases")
      }
    }
    return here.sorted { one, other in
      (Self.place(one.name), one.name) < (Self.place(other.name), other.name)
    }
  }

  private static func place(_ table: String) -> Int {
    first.firstIndex(of: table) ?? first.count
  }

  private func requireEmpty(_ tables: [TableShape]) throws(StoreError) {
    for table in tables where table.name != Self.counters {
      if try target.exists("SELECT 1 AS found FROM \(table.name) LIMIT 1", []) {
        throw .conflict("it is not empty: there are rows in the table \(table.name)")
      }
    }
  }

  private func copy(_ table: TableShape) throws(StoreError) -> Int {
    let width = table.columns.count
    let absent = Self.later.filter { $0.table == table.name }.compactMap { reference in
      table.columns.firstIndex { $0.name == reference.column }
    }
    // Deployments refer to earlier ones.
    let order = table.columns.contains { $0.name == "sequence" } ? " ORDER BY sequence" : ""
    var rows = 0
    var pending: [SQLValue] = []
    try source.queryAtLength("SELECT \(table.list) FROM \(table.name)\(order)") {
      row throws(StoreError) in
      var values = try table.values(row)
      for index in absent { values[index] = .null }
      pending += values
      rows += 1
      if pending.count + width > Self.batch { try insert(&pending, into: table) }
    }
    if !pending.isEmpty { try insert(&pending, into: table) }
    return rows
  }

  private func insert(
    _ values: inout [SQLValue], into table: TableShape
  ) throws(StoreError) {
    let width = table.columns.count
    let rows = stride(from: 0, to: values.count, by: width).map { start in
      "(\((1...width).map { "$\(start + $0)" }.joined(separator: ", ")))"
    }
    try target.run(
      "INSERT INTO \(table.name) (\(table.list)) VALUES \(rows.joined(separator: ", "))", values)
    values.removeAll(keepingCapacity: true)
  }

  private func set(
    _ reference: LateReference, of tables: [TableShape]
  ) throws(StoreError) {
    let columns = tables.first { $0.name == reference.table }?.columns ?? []
    let shape = TableShape(
      name: reference.table,
      columns: (reference.key + [reference.column]).compactMap { name in
        columns.first { $0.name == name }
      })
    let key = reference.key.enumerated().map { "\($1) = $\($0 + 1)" }.joined(separator: " AND ")
    try source.queryAtLength(
      "SELECT \(shape.list) FROM \(shape.name) WHERE \(reference.column) IS NOT NULL"
    ) { row throws(StoreError) in
      try target.run(
        "UPDATE \(shape.name) SET \(reference.column) = $\(shape.columns.count) WHERE \(key)",
        try shape.values(row))
    }
  }
}
