// The shapes of openapi.yaml as this client reads them. What the contract does not require may be
// missing, and what a newer server adds is passed over.

package struct ListRecord<Item: Decodable & Sendable>: Decodable, Sendable {
  package var items: [Item]
  package var nextCursor: String?

  package init(items: [Item], nextCursor: String?) {
    self.items = items
    self.nextCursor = nextCursor
  }
}

/// RFC 9457.
package struct ProblemRecord: Decodable, Hashable, Sendable {
  package struct FieldError: Decodable, Hashable, Sendable {
    package var pointer: String
    package var detail: String

    package init(pointer: String, detail: String) {
      self.pointer = pointer
      self.detail = detail
    }
  }

  package var title: String
  package var status: Int
  package var detail: String
  package var requestId: String
  package var errors: [FieldError]?
  /// The migrations that stand in a rollback's way.
  package var files: [String]?

  package init(
    title: String, status: Int, detail: String, requestId: String, errors: [FieldError]? = nil,
    files: [String]? = nil
  ) {
    self.title = title
    self.status = status
    self.detail = detail
    self.requestId = requestId
    self.errors = errors
    self.files = files
  }
}
