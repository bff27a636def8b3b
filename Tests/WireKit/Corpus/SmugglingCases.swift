/// The published ways to make two servers disagree about where a request ends. What follows must
/// never be served.
extension Corpus {
  static let follower = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

  private static func hidden(_ what: String, _ line: String, _ reason: String) -> WireCase {
    .refused("9112/11.2", "TE.TE: \(what)", post(line, body: "0\r\n\r\n" + follower), reason)
  }

  private static let coding = "400 malformedTransferEncoding"

  static let smuggling: [WireCase] = [
    .refused(
      "9112/11.2", "CL.TE", post("Content-Length: 6", chunkedField, body: "0\r\n\r\n" + follower),
      "400 lengthAndTransferEncoding"),
    .refused(
      "9112/11.2", "TE.CL",
      post(chunkedField, "Content-Length: 4", body: "27\r\n" + follower + "0\r\n\r\n"),
      "400 lengthAndTransferEncoding"),
    .refused(
      "9112/11.2", "CL.TE, the coding folded away",
      post("Content-Length: 6", "Transfer-Encoding:", " chunked", body: "0\r\n\r\n" + follower),
      "400 obsoleteFold"),
    WireCase(
      "9112/11.2", "CL.0: a body of GET is no request",
      get("Content-Length: \(follower.utf8.count)") + follower + get(),
      "GET / body=" + follower, "GET /"),
    WireCase(
      "9112/11.2", "CL.0: a body of OPTIONS is no request",
      "OPTIONS * HTTP/1.1\r\nHost: a\r\nContent-Length: \(follower.utf8.count)\r\n\r\n" + follower,
      "OPTIONS * body=" + follower),
    WireCase(
      "9112/11.2", "0.CL: a length of zero is no body", post("Content-Length: 0", body: get()),
      "POST /", "GET /"),
    .refused(
      "9112/11.2", "CL.CL", post("Content-Length: 0", "Content-Length: 40", body: follower),
      "400 duplicateContentLength"),
    .refused(
      "9112/11.2", "CL.CL, one in a list", post("Content-Length: 0, 40", body: follower),
      "400 duplicateContentLength"),
    .refused(
      "9112/11.2", "a length behind a space", post("Content-Length : 40", body: follower),
      "400 malformedField"),
    .refused(
      "9112/11.2", "a length behind a NUL", post("Content-Length:\0 40", body: follower),
      "400 controlByte"),
    .refused(
      "9112/11.2", "a length in hexadecimal", post("Content-Length: 0x0a", body: follower),
      "400 malformedContentLength"),
    WireCase(
      "9112/11.2", "a field that only looks like a length",
      post("Content_Length: 40", "X-Content-Length: 40") + get(), "POST /", "GET /"),

    hidden("a space before the colon", "Transfer-Encoding : chunked", "400 malformedField"),
    hidden("a tab before the colon", "Transfer-Encoding\t: chunked", "400 malformedField"),
    hidden("a space before the name", " Transfer-Encoding: chunked", "400 obsoleteFold"),
    hidden("a vertical tab before it", "Transfer-Encoding: \u{B}chunked", "400 controlByte"),
    hidden("a vertical tab after it", "Transfer-Encoding: chunked\u{B}", "400 controlByte"),
    hidden("a NUL after it", "Transfer-Encoding: chunked\0", "400 controlByte"),
    hidden("a no-break space after it", "Transfer-Encoding: chunked\u{A0}", coding),
    hidden("a line feed before it", "Transfer-Encoding:\n chunked", "400 bareLineFeed"),
    hidden("folded", "Transfer-Encoding:\r\n chunked", "400 obsoleteFold"),
    hidden("behind another field", "X: X\nTransfer-Encoding: chunked", "400 bareLineFeed"),
    hidden("behind a carriage return", "X: X\rTransfer-Encoding: chunked", bareReturn),
    hidden("xchunked", "Transfer-Encoding: xchunked", coding),
    hidden("chunkedx", "Transfer-Encoding: chunkedx", coding),
    hidden("x chunked", "Transfer-Encoding: x chunked", coding),
    hidden("in single quotes", "Transfer-Encoding: 'chunked'", coding),
    hidden("cow, after it", "Transfer-Encoding: chunked, cow", coding),
    hidden("cow, before it", "Transfer-Encoding: cow, chunked", "501 unsupportedTransferCoding"),
    hidden("cow, on its own line", "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow", coding),
    hidden(
      "identity, then chunked", "Transfer-Encoding: identity, chunked",
      "501 unsupportedTransferCoding"),
    WireCase(
      "9112/11.2", "TE.TE: a field that only looks like it",
      post("Transfer_Encoding: chunked", "X-Transfer-Encoding: chunked") + get(), "POST /",
      "GET /"),

    .refused(
      "9112/11.2", "TERM.EXT: a line feed ends an extension for some",
      chunked("0;\n\r\n" + follower), "400 malformedChunk"),
    .refused(
      "9112/11.2", "EXT.TERM: a line feed ends the line for some",
      chunked("1;a\nX\r\n0\r\n\r\n" + follower), "400 malformedChunk"),
    .refused(
      "9112/11.2", "EXT.TERM: a carriage return does for some",
      chunked("1;a\rX\r\n0\r\n\r\n" + follower), "400 malformedChunk"),
    .refused(
      "9112/11.2", "TERM.SPILL: a line feed ends the data for some",
      chunked("1\r\nX\n0\r\n\r\n" + follower), "400 malformedChunk"),
    .refused(
      "9112/11.2", "SPILL.TERM: two bytes of anything end it for others",
      chunked("1\r\nXYZ0\r\n\r\n" + follower), "400 malformedChunk"),
    .refused(
      "9112/11.2", "quotes around a line end, which end for some where they end",
      chunked("1;a=\"\r\nX\r\n0\r\n\r\n" + follower + "\"\r\n"), "400 malformedChunk"),
    .refused(
      "9112/11.2", "a size that wraps to 3",
      chunked("10000000000000003\r\nabc\r\n0\r\n\r\n" + follower),
      "400 malformedChunk"),
    .refused(
      "9112/11.2", "a size that wraps to 3 in 32 bits",
      chunked("100000003\r\nabc\r\n0\r\n\r\n" + follower), "413 bodyTooLarge"),
    .refused(
      "9112/11.2", "a size with a space inside", chunked("0 0\r\n\r\n" + follower),
      "400 malformedChunk"),
    WireCase(
      "9112/11.2", "what follows the last chunk is the next request",
      chunked("0\r\n\r\n") + "0\r\n\r\n", "POST /", "400 malformedRequestLine", "last"),

    .refused(
      "9110/15.5.14", "a body after 413", post("Content-Length: 2000", body: follower),
      "413 bodyTooLarge"),
    .refused(
      "9110/15.5.18", "a body after 417",
      post("Expect: miracles", "Content-Length: 40", body: follower), "417 expectationFailed"),
    .refused(
      "9112/2.2", "two requests in one line end",
      "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\r\n\r\n" + follower, bareReturn),
    WireCase(
      "9112/2.2", "garbage after a request", get() + "\0" + follower, "GET /", "400 controlByte",
      "last"),
    .refused(
      "9112/3.2", "a second Host for another router", get("Host: b") + follower,
      "400 duplicateHost"),
  ]
}
