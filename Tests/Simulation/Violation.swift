/// A rule that did not hold.
struct Violation: Error, CustomStringConvertible {
  let description: String

  init(_ rule: String, _ what: String) { description = "\(rule): \(what)" }
}
