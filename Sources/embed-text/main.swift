import Foundation

// embed-text OUTPUT ENUM FILE…: writes a Swift file with one string constant for each text file.
// A string literal compiles at once where SwiftPM's byte-array embedding takes minutes.

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count >= 2 else {
  FileHandle.standardError.write(Data("usage: embed-text OUTPUT ENUM FILE…\n".utf8))
  exit(2)
}
let output = arguments[arguments.startIndex]
let enumName = arguments[arguments.startIndex + 1]
let files = arguments.dropFirst(2)

func constantName(of path: String) -> String {
  let base = URL(fileURLWithPath: path).lastPathComponent
  let words = base.split(whereSeparator: { !$0.isLetter && !$0.isNumber })
  let stem = words.dropLast(base.hasSuffix(".sql") ? 1 : 0)
  return stem.enumerated().map { index, word in
    index == 0 ? String(word) : word.prefix(1).uppercased() + word.dropFirst()
  }.joined()
}

do {
  var text = "package enum \(enumName) {\n"
  for file in files.sorted() {
    let contents = try String(contentsOf: URL(fileURLWithPath: file), encoding: .utf8)
    text += "  package static let \(constantName(of: file)) = ###\"\"\"\n"
    // The line end before the closing quotes is not part of the literal.
    text += contents + "\n"
    text += "\"\"\"###\n"
  }
  text += "  /// Each by its file's name.\n  package static let files: [String: String] = [\n"
  for file in files.sorted() {
    let name = URL(fileURLWithPath: file).lastPathComponent
    text += "    \"\(name)\": \(constantName(of: file)),\n"
  }
  text += "  ]\n}\n"
  try text.write(to: URL(fileURLWithPath: output), atomically: true, encoding: .utf8)
} catch {
  FileHandle.standardError.write(Data("embed-text: \(error)\n".utf8))
  exit(1)
}
