import HTTPClient
import Testing

@Suite struct PercentEncodingTests {
  @Test("RFC 3986: the unreserved characters stay, every other byte is encoded")
  func encoded() {
    #expect(PercentEncoding.encoded("AZaz09-._~") == "AZaz09-._~")
    #expect(PercentEncoding.encoded("a b/c:d&é\n%") == "a%20b%2Fc%3Ad%26%C3%A9%0A%25")
    #expect(PercentEncoding.encoded("a/b:c d", keeping: ":/") == "a/b:c%20d")
    #expect(PercentEncoding.encoded("") == "")
  }
}
