package import HTTPTypes

/// The fields of a request as they came: a name is compared, and a value made, when somebody asks.
///
/// Most requests are asked for three or four of a dozen fields. Making all of them into
/// `HTTPFields`, and looking them up there, took a tenth of a webhook's time.
package struct RequestFields: Sendable {
  private let bytes: [UInt8]
  private let slices: [FieldSlice]
  /// Of an absolute target: it counts instead of Host (RFC 9112 section 3.2.2).
  private let authority: Slice?

  init(_ head: [UInt8], _ slices: [FieldSlice], authority: Slice?) {
    bytes = head
    self.slices = slices
    self.authority = authority
  }

  package init(_ fields: HTTPFields = [:]) {
    var bytes: [UInt8] = []
    var slices: [FieldSlice] = []
    func append(_ text: String) -> Slice {
      let start = bytes.count
      bytes.append(contentsOf: text.utf8)
      return Slice(start..<bytes.count)
    }
    for field in fields {
      slices.append(
        FieldSlice(name: append(field.name.rawName), value: append(field.value)))
    }
    self.init(bytes, slices, authority: nil)
  }

  /// Several of one name are one list (RFC 9110 section 5.3). Nil if there is none.
  package subscript(name: HTTPField.Name) -> String? {
    if let authority, name == .host { return bytes.span.text(authority.range) }
    var found: String?
    for slice in slices where isName(slice.name, name) {
      let value = bytes.span.text(slice.value.range)
      // RFC 9113 section 8.2.3 has cookies joined by a semicolon.
      found = found.map { $0 + (name == .cookie ? "; " : ", ") + value } ?? value
    }
    return found
  }

  /// All of them, in the order in which they came.
  package var all: HTTPFields {
    var fields = HTTPFields()
    for slice in slices {
      guard let name = HTTPField.Name(bytes.span.text(slice.name.range)) else { continue }
      if authority != nil, name == .host { continue }
      fields.append(HTTPField(name: name, value: bytes.span.text(slice.value.range)))
    }
    if let authority { fields[.host] = bytes.span.text(authority.range) }
    return fields
  }

  private func isName(_ slice: Slice, _ name: HTTPField.Name) -> Bool {
    let expected = name.canonicalName.utf8
    guard Int(slice.count) == expected.count else { return false }
    var index = Int(slice.start)
    for byte in expected {
      guard bytes[index].lowercased == byte else { return false }
      index += 1
    }
    return true
  }
}
