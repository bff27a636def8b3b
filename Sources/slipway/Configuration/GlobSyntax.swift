/// Whether a path pattern is one that GitHub's filters understand and that can match at all.
/// Returns what is wrong, in words that continue the pattern's place.
///
/// 1. `!` alone, nothing. 2. `\` with nothing after it. 3. `[` that is not closed, is empty, or
/// whose range runs backwards. 4. `?` and `+` repeat the character before them: there must be one.
/// 5. Patterns that no path of a repository can match: `/x`, `./x`, `x/`, `a//b`, `../x`.
func fault(inPattern pattern: String) -> String? {
  let body = pattern.hasPrefix("!") ? pattern.dropFirst() : pattern[...]
  guard !body.isEmpty else { return "is empty: write a pattern such as 'backend/**'" }
  guard body.utf8.count <= 1024 else { return "is longer than 1024 bytes" }
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
  if parts.contains("..") || parts.contains(".") || parts.contains("") {
    return "can never match, for paths have no empty, `.` or `..` component"
  }
  return syntaxFault(Array(body.unicodeScalars))
}

private func syntaxFault(_ scalars: [Unicode.Scalar]) -> String? {
  var index = 0
  var canRepeat = false
  while index < scalars.count {
    switch scalars[index] {
    case "\\":
      guard index + 1 < scalars.count else { return "ends in a `\\` that escapes nothing" }
      index += 2
      canRepeat = true
    case "[":
      guard let close = scalars[(index + 1)...].firstIndex(of: "]") else {
        return "has a `[` that is not closed: write `\\[` for the character itself"
      }
      if let fault = setFault(scalars[(index + 1)..<close]) { return fault }
      index = close + 1
      canRepeat = true
    case "?", "+":
      guard canRepeat else {
        return "has a `\(scalars[index])` with no character before it to repeat"
      }
      index += 1
      canRepeat = false
    case "*":
      index += 1
      canRepeat = false
    default:
      canRepeat = scalars[index] != "/"
      index += 1
    }
  }
  return nil
}

private func setFault(_ set: ArraySlice<Unicode.Scalar>) -> String? {
  guard !set.isEmpty else { return "has an empty `[]`, which matches nothing" }
  let members = Array(set)
  var index = 0
  while index + 2 < members.count {
    if members[index + 1] == "-" {
      guard members[index] <= members[index + 2] else {
        return "has a range that runs backwards: `\(members[index])-\(members[index + 2])`"
      }
      index += 3
    } else {
      index += 1
    }
  }
  return nil
}
