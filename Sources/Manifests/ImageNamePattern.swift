import _StringProcessing

/// How kustomize matches an entry's `name` against a container's image: as a regular expression
/// that nobody escaped (api/internal/image, `^name(:tag)?(@digest)?$`).
struct ImageNamePattern {
  private let name: String
  private let expression: Regex<AnyRegexOutput>?

  init(_ name: String) {
    self.name = name
    guard name.utf8.contains(where: { "*+?()[]{}|^$\\".utf8.contains($0) }) else {
      expression = nil
      return
    }
    do {
      expression = try Regex(name)
    } catch {
      // Newer releases of kustomize let such a name match nothing.
      expression = nil
    }
  }

  /// Whether this name also catches an image of another name.
  func catches(_ other: String) -> Bool {
    guard other != name else { return false }
    if let expression {
      do {
        return try expression.wholeMatch(in: other) != nil
      } catch {
        return false
      }
    }
    return name.utf8.count == other.utf8.count
      && zip(name.utf8, other.utf8).allSatisfy { $0 == $1 || $0 == UInt8(ascii: ".") }
  }
}
