/// The dashboard's modules that every page needs, served as one, `modules.js`: a request for each
/// would cost a browser more than what is in them. In it each is a function that returns what its
/// module exports, and whoever imports one of them takes it from there. Lines stay lines.
///
/// It reads what the dashboard's modules are written in, and no more: an import is one line, what is
/// exported is declared where it is exported, and nothing exported is assigned later.
struct DashboardModules {
  static let file = "modules.js"

  /// In an order in which none needs a later one.
  static let names = [
    "dom.js", "api.js", "pages.js", "format.js", "states.js", "stages.js", "parts.js", "live.js",
    "session.js", "router.js", "keys.js",
  ]

  /// The one for all of them, and the others' text that imports from it.
  static func joined(in files: [String: String]) -> [String: String] {
    var served = files.filter { $0.key.hasSuffix(".js") && !names.contains($0.key) }
      .mapValues { eachLine(of: $0, outside) }
    served[file] = names.compactMap { name in files[name].map { function(of: $0, named: name) } }
      .joined()
    return served
  }

  private static func function(of text: String, named name: String) -> String {
    var exported: [Substring] = []
    let body = eachLine(of: text) { line in
      if let imported = Import(line) { return "const \(imported.names) = \(imported.variable);" }
      guard line.hasPrefix("export ") else { return nil }
      let declaration = line.dropFirst("export ".count)
      exported += declaration.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
        .drop { ["async", "function", "const", "class"].contains($0) }.prefix(1)
      return String(declaration)
    }
    return "export const \(variable(name)) = (() => {\n\(body)"
      + "return { \(exported.joined(separator: ", ")) };\n})();\n"
  }

  private static func outside(_ line: Substring) -> String? {
    guard let imported = Import(line), names.contains(imported.file) else { return nil }
    return "import { \(imported.variable) } from \"./\(file)\"; "
      + "const \(imported.names) = \(imported.variable);"
  }

  private static func eachLine(
    of text: String, _ rewrite: (Substring) -> String?
  ) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { rewrite($0) ?? String($0) }.joined(separator: "\n")
  }

  /// The variable that stands for a module.
  private static func variable(_ name: String) -> String {
    "$" + name.dropLast(".js".count).replacing("-", with: "_")
  }

  /// `import { one, two as three } from "./file.js";` or `import * as one from "./file.js";`
  private struct Import {
    let file: String
    /// What a declaration binds: `{ one, two: three }` or `one`.
    let names: String

    var variable: String { DashboardModules.variable(file) }

    init?(_ line: Substring) {
      guard line.hasPrefix("import "), line.hasSuffix(".js\";"),
        let from = line.firstRange(of: " from \"./")
      else { return nil }
      file = String(line[from.upperBound...].dropLast(2))
      let clause = line[..<from.lowerBound].dropFirst("import ".count)
      names =
        clause.hasPrefix("* as ")
        ? String(clause.dropFirst("* as ".count))
        : String(clause).replacing(" as ", with: ": ")
    }
  }
}
