package import HTTPTypes

extension HTTPField.Name {
  /// For names that stand in the code; a name that is none is a defect found by any test.
  package init(validated name: StaticString) {
    guard let field = HTTPField.Name("\(name)") else { preconditionFailure("not a field name") }
    self = field
  }
}
