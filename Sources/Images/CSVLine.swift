/// RFC 4180: how buildctl and buildx read `--output`, `--secret` and the cache options.
enum CSVLine {
  static func of(_ fields: [String]) -> String {
    fields.map { field in
      let isPlain = !field.utf8.contains { ",\"\r\n".utf8.contains($0) }
      return isPlain ? field : "\"\(field.replacing("\"", with: "\"\""))\""
    }.joined(separator: ",")
  }
}
