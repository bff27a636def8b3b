import HTTPServer
import HTTPTypes
import HTTPWire
import Testing

/// Conditions and ranges (RFC 9110 sections 13 and 14) on a representation of a hundred bytes whose
/// tag is "here".
@Suite struct SelectionTests {
  private func select(
    _ fields: HTTPFields, _ method: HTTPRequest.Method = .get, tag: EntityTag? = EntityTag("here"),
    length: Int? = 100
  ) -> Selection {
    Selection(
      ServerRequest(id: "1", method: method, path: "/", headers: RequestFields(fields)),
      tag: tag, length: length)
  }

  @Test(
    "section 13.1.2: If-None-Match, by weak comparison, in lists and as *",
    arguments: [
      "\"here\"", "W/\"here\"", "*", "\"gone\", \"here\"", "\"gone\",W/\"here\" , \"x\"",
      ",\"here\"", "\"a,b\", \"here\"", " \"here\"",
    ])
  func notModified(_ value: String) {
    #expect(select([.ifNoneMatch: value]) == .notModified)
    #expect(select([.ifNoneMatch: value], .head) == .notModified)
  }

  @Test(
    "another tag, a malformed one or none does not match",
    arguments: [
      "\"gone\"", "\"Here\"", "here", "\"here", "W/here", "w/\"here\"", "\"here\"x", "", "*,\"x\"",
      "\"he\u{7F}re\"", "\"here\" \"gone\"",
    ])
  func modified(_ value: String) {
    #expect(select([.ifNoneMatch: value]) == .whole)
  }

  @Test("without a tag only * matches")
  func untagged() {
    #expect(select([.ifNoneMatch: "\"here\""], tag: nil) == .whole)
    #expect(select([.ifNoneMatch: "*"], tag: nil) == .notModified)
  }

  @Test("section 13.1.1: If-Match compares strongly, and fails with 412")
  func ifMatch() {
    #expect(select([.ifMatch: "\"here\""]) == .whole)
    #expect(select([.ifMatch: "\"x\", \"here\""]) == .whole)
    #expect(select([.ifMatch: "*"]) == .whole)
    for value in ["W/\"here\"", "\"gone\"", "here", ""] {
      #expect(select([.ifMatch: value]) == .preconditionFailed)
    }
    #expect(
      select([.ifMatch: "W/\"here\""], tag: EntityTag("here", isWeak: true))
        == .preconditionFailed)
  }

  @Test("section 13.2.2: If-Match comes first, then If-None-Match, then Range")
  func order() {
    #expect(
      select([.ifMatch: "\"gone\"", .ifNoneMatch: "\"here\""]) == .preconditionFailed)
    #expect(select([.ifNoneMatch: "\"here\"", .range: "bytes=0-1"]) == .notModified)
    #expect(select([.ifNoneMatch: "\"gone\"", .range: "bytes=0-1"]) == .part(0..<2))
  }

  @Test("dates are passed over: nothing here was modified at a time")
  func dates() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT"
    #expect(select([.ifModifiedSince: date]) == .whole)
    #expect(select([.ifUnmodifiedSince: date]) == .whole)
  }

  @Test(
    "section 14.1.2: one range of bytes",
    arguments: [
      ("bytes=0-0", 0..<1), ("bytes=0-99", 0..<100), ("bytes=10-19", 10..<20),
      ("bytes=90-", 90..<100), ("bytes=0-", 0..<100), ("bytes=99-", 99..<100),
      ("bytes=50-1000", 50..<100), ("bytes=-1", 99..<100), ("bytes=-30", 70..<100),
      ("bytes=-100", 0..<100), ("bytes=-4096", 0..<100), ("Bytes=0-1", 0..<2),
      ("bytes= 0-1 ", 0..<2), ("bytes=,0-1,", 0..<2),
      ("bytes=5-99999999999999999999999", 5..<100), ("bytes=-99999999999999999999999", 0..<100),
    ])
  func ranges(_ value: String, _ bytes: Range<Int>) {
    #expect(select([.range: value]) == .part(bytes))
  }

  @Test(
    "section 15.5.17: a range that has nothing of it",
    arguments: ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999999-"])
  func unsatisfiable(_ value: String) {
    #expect(select([.range: value]) == .unsatisfiable)
  }

  @Test(
    "section 14.2: several ranges, another unit and what is no range are passed over",
    arguments: [
      "bytes=0-1,5-6", "bytes=0-0,-1", "bytes=20-10", "bytes=", "bytes=-", "bytes", "bytes=a-b",
      "bytes=0", "bytes=0-1-2", "bytes=+0-1", "bytes=0x0-1", "lines=0-1", "bytes:0-1", "bytes =0-1",
      "bytes=0 - 1", "",
    ])
  func passedOver(_ value: String) {
    #expect(select([.range: value]) == .whole)
  }

  @Test("a range is of a GET, of something that does not grow, and is not empty")
  func rangeOfWhat() {
    #expect(select([.range: "bytes=0-1"], .head) == .whole)
    #expect(select([.range: "bytes=0-1"], length: nil) == .whole)
    #expect(select([.range: "bytes=0-1"], length: 0) == .whole)
    #expect(select([.range: "bytes=-1"], length: 0) == .whole)
  }

  @Test("section 13.1.5: If-Range asks for the part only of the same bytes, else for the whole")
  func ifRange() {
    let range = "bytes=10-19"
    #expect(select([.range: range, .ifRange: "\"here\""]) == .part(10..<20))
    for other in ["\"gone\"", "W/\"here\"", "Sun, 06 Nov 1994 08:49:37 GMT", "here", "*"] {
      #expect(select([.range: range, .ifRange: other]) == .whole)
    }
    #expect(select([.range: range, .ifRange: "\"here\""], tag: nil) == .whole)
    #expect(select([.range: "bytes=100-", .ifRange: "\"gone\""]) == .whole)
  }
}
