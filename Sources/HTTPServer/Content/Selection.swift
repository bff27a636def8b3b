import HTTPTypes
import HTTPWire

/// Which part of a representation a GET or HEAD is answered with.
package enum Selection: Hashable, Sendable {
  case whole
  /// 206; never empty.
  case part(Range<Int>)
  /// 304.
  case notModified
  /// 412.
  case preconditionFailed
  /// 416.
  case unsatisfiable

  /// Evaluates what the request asks, in the order of RFC 9110 section 13.2.2. Conditions on dates
  /// are passed over: nothing here has a date of modification.
  ///
  /// 1. `If-Match` names another state: 412. A malformed one names none.
  /// 2. `If-None-Match` names this state: 304. A malformed one names none.
  /// 3. `Range`, of a GET, unless `If-Range` is a date or names another state. Of nothing there is
  ///    no part: an empty representation is sent whole.
  ///
  /// - Parameters:
  ///   - tag: of the representation that would be sent.
  ///   - length: of it, in bytes; nil where it still grows: it then has no parts.
  package init(_ request: ServerRequest, tag: EntityTag?, length: Int?) {
    let fields = request.headers
    self = .whole
    if let value = fields[.ifMatch] {
      let isThis = EntityTagList(value)?.contains { listed in
        tag.map { EntityTag.strongly(listed, equals: $0) } ?? false
      }
      guard isThis == true else {
        self = .preconditionFailed
        return
      }
    }
    if let value = fields[.ifNoneMatch] {
      let isThis = EntityTagList(value)?.contains { listed in
        tag.map { EntityTag.weakly(listed, equals: $0) } ?? false
      }
      if isThis == true {
        self = .notModified
        return
      }
    }
    guard request.method == .get, let length, length > 0, let value = fields[.range],
      Self.isFresh(fields[.ifRange], tag), let range = ByteRange(value)
    else { return }
    self = range.resolve(in: length).map(Selection.part) ?? .unsatisfiable
  }

  /// Section 13.1.5: part and rest must be of the same bytes, so only the strong comparison will do.
  private static func isFresh(_ ifRange: String?, _ tag: EntityTag?) -> Bool {
    guard let ifRange else { return true }
    guard let asked = EntityTag(parsing: ifRange), let tag else { return false }
    return EntityTag.strongly(asked, equals: tag)
  }
}
