import DeployModel

extension Form where Value == String {
  /// A path pattern of GitHub's filters that can match at all.
  static var pattern: Form {
    .text("a pattern such as 'backend/**'") { text throws(FormFault) in
      if let fault = patternFault(text) { throw FormFault("\(fault) (`\(text.shown)`)") }
      return text
    }
  }
}

/// What is wrong with a path pattern, if anything is.
func patternFault(_ text: String) -> String? {
  do throws(PathPatternError) {
    _ = try PathPattern(text)
  } catch {
    return "\(error)"
  }
  return unmatchable(text)
}

/// Why no path that git lists can match a pattern, if so; GitHub accepts these and stays silent.
private func unmatchable(_ pattern: String) -> String? {
  let body = pattern.hasPrefix("!") ? pattern.dropFirst() : pattern[...]
  guard !body.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
    return "holds a control character"
  }
  if body.hasPrefix("/") || body.hasPrefix("./") {
    let better = body.drop { $0 == "/" || $0 == "." }
    return "can never match, for paths begin at the repository's root: write '\(better)'"
  }
  if body.hasSuffix("/") {
    return "can never match, for only files are compared: write '\(body)**'"
  }
  let parts = body.split(separator: "/", omittingEmptySubsequences: false)
  return parts.contains { $0 == ".." || $0 == "." || $0 == "" }
    ? "can never match, for paths have no empty, `.` or `..` component" : nil
}
