import HTTPClient
import HTTPTypes
import Testing

@Suite("Retry-After, RFC 9110 section 10.2.3")
struct RetryAfterTests {
  @Test(
    "seconds, or a date; anything else is absent",
    arguments: [
      ("120", Duration.seconds(120)), ("0", .zero), ("5000", .seconds(3600)),
      ("99999999999999999999", .seconds(3600)), ("Fri, 31 Dec 1999 23:59:59 GMT", .seconds(59)),
      ("Friday, 31-Dec-99 23:59:59 GMT", .seconds(59)), ("Fri, 31 Dec 1999 23:00:00 GMT", .zero),
      ("Fri, 31 Dec 2009 23:59:59 GMT", .seconds(3600)), ("", nil), ("-1", nil), ("soon", nil),
      ("+5", nil), ("1.5", nil),
    ] as [(String, Duration?)])
  func forms(_ text: String, _ expected: Duration?) {
    // 1999-12-31T23:59:00Z.
    let fields: HTTPFields = [.retryAfter: text]
    #expect(fields.retryAfter(now: 946_684_740, most: .seconds(3600)) == expected)
  }

  @Test("a date is taken against that of the answer, by the same clock, not against ours")
  func skewed() {
    let fields: HTTPFields = [
      .date: "Fri, 31 Dec 1999 23:59:00 GMT", .retryAfter: "Fri, 31 Dec 1999 23:59:59 GMT",
    ]
    #expect(fields.date == 946_684_740)
    #expect(fields.retryAfter(now: 946_684_740 + 600, most: .seconds(3600)) == .seconds(59))
    #expect(([.date: "soon"] as HTTPFields).date == nil)
  }

  @Test("without the field there is no wait")
  func absent() {
    #expect(HTTPFields().retryAfter(now: 0, most: .seconds(3600)) == nil)
  }
}
