// The shapes of openapi.yaml, a file for each resource. A key whose value is null is written, not
// left out: a client sees every key of a shape always.

struct ListShape<Item: Encodable>: Encodable {
  var items: [Item]
  @Nullable var nextCursor: String?
}

/// Encodes nil as null.
@propertyWrapper
struct Nullable<Value: Encodable>: Encodable {
  var wrappedValue: Value?

  init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue {
      try container.encode(wrappedValue)
    } else {
      try container.encodeNil()
    }
  }
}
