import DeployModel

/// A table as the database itself describes it, so that what a later migration adds is copied too.
struct TableShape: Hashable, Sendable {
  enum Kind: String, Sendable {
    case integer = "INTEGER"
    case text = "TEXT"
    case blob = "BLOB"
  }

  struct Column: Hashable, Sendable {
    var name: String
    var kind: Kind
  }

  var name: String
  var columns: [Column]

  /// By name, columns in the table's order.
  static func all(in connection: any SQLConnection) throws(StoreError) -> [TableShape] {
    var tables: [TableShape] = []
    try connection.query(SQL.selectColumns, []) { row throws(StoreError) in
      let name = try row.text("table_name")
      let column = Column(
        name: try row.text("column_name"), kind: try row.value("type", Kind.init(rawValue:)))
      if tables.last?.name == name {
        tables[tables.count - 1].columns.append(column)
      } else {
        tables.append(TableShape(name: name, columns: [column]))
      }
      return true
    }
    return tables
  }

  var list: String { columns.map(\.name).joined(separator: ", ") }

  func values(_ row: any SQLRow) throws(StoreError) -> [SQLValue] {
    var values: [SQLValue] = []
    for column in columns {
      switch column.kind {
      case .integer: values.append(.integer(try row.integerIfAny(column.name)))
      case .text: values.append(.text(try row.textIfAny(column.name)))
      case .blob: values.append(.blob(try row.blob(column.name)))
      }
    }
    return values
  }
}
