import HTTPServer
import Testing

/// RFC 9110 section 12.5.3, with the weights of section 12.4.2.
@Suite struct AcceptEncodingTests {
  @Test(
    "gzip is sent to whoever prefers it, or likes it as much",
    arguments: [
      "gzip", "GZip", "x-gzip", "deflate, gzip, br", "gzip;q=1.0", "gzip;q=0.001", "gzip ; q=0.5",
      "gzip;Q=1", "gzip\t;\tq=1.000", "br;q=1.0, gzip;q=0.8, *;q=0.1", "*", "*;q=0.5",
      "br, *;q=0.1",
      "gzip, identity", "identity;q=0.5, gzip;q=0.5", "gzip, *;q=0", "identity;q=0, gzip",
      "identity;q=0, *", ",gzip,", "gzip;q=0.5, identity;q=0.4",
    ])
  func gzip(_ field: String) {
    #expect(ContentCoding(acceptEncoding: field) == .gzip)
  }

  @Test(
    "the body as it is goes to all others: those who say nothing, who prefer it, or refuse gzip",
    arguments: [
      nil, "", " ", "identity", "br", "deflate", "gzip;q=0", "gzip;q=0.000", "x-gzip;q=0",
      "*;q=0", "gzip;q=0, *", "gzip;q=0.5, identity", "gzip;q=0.5, identity;q=0.6",
      "gzip;q=0.2, *;q=0.9", "identity;q=0", "identity;q=0, *;q=0", "gzip, gzip;q=0",
      "gzip, x-gzip;q=0", "gzipped",
    ])
  func identity(_ field: String?) {
    #expect(ContentCoding(acceptEncoding: field) == .identity)
  }

  @Test(
    "what is malformed says nothing",
    arguments: [
      "gzip;", "gzip;q", "gzip;q=", "gzip;q=2", "gzip;q=1.1", "gzip;q=1.001", "gzip;q=0.1234",
      "gzip;q=.5", "gzip;q=-1", "gzip;q=1;level=9", "gzip;level=9", "gzip br", "gzip;q=1 br",
      "gzip, br;q=x", "\"gzip\"", "gzip; q =1", "gzip;q= 1", "gzip;q=0.5.1", "gzip,;q=1",
    ])
  func malformed(_ field: String) {
    #expect(ContentCoding(acceptEncoding: field) == .identity)
  }
}
