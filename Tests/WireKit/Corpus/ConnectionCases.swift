extension Corpus {
  static let expectations: [WireCase] = [
    WireCase(
      "9110/10.1.1", "100-continue",
      post("Expect: 100-continue", "Content-Length: 2", body: "hi"), "100", "POST / body=hi"),
    WireCase(
      "9110/10.1.1", "100-continue, in capitals",
      post("Expect: 100-CONTINUE", "Content-Length: 2", body: "hi"), "100", "POST / body=hi"),
    WireCase(
      "9110/10.1.1", "100-continue, in chunks",
      post("Expect: 100-continue", chunkedField, body: "0\r\n\r\n"), "100", "POST /"),
    WireCase(
      "9110/10.1.1", "100-continue, said twice",
      post("Expect: 100-continue", "Expect: 100-continue", "Content-Length: 1", body: "!"), "100",
      "POST / body=!"),
    WireCase(
      "9110/10.1.1", "100-continue, blanks around it",
      post("Expect:\t100-continue \t", "Content-Length: 1", body: "!"), "100", "POST / body=!"),
    WireCase("9110/10.1.1", "no 100 without a body", get("Expect: 100-continue"), "GET /"),
    WireCase(
      "9110/10.1.1", "no 100 for a length of zero",
      post("Expect: 100-continue", "Content-Length: 0"), "POST /"),
    .refused(
      "9110/10.1.1", "no 100 for a body that is refused",
      post("Expect: 100-continue", "Content-Length: 101"), "413 bodyTooLarge"),
    WireCase(
      "9110/10.1.1", "no 100 under HTTP/1.0",
      "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n!", "POST / body=!",
      "last"),
    WireCase(
      "9110/10.1.1", "no expectation counts under HTTP/1.0",
      "GET / HTTP/1.0\r\nExpect: miracles\r\n\r\n", "GET /", "last"),
    .refused(
      "9110/15.5.18", "another expectation", post("Expect: miracles"), "417 expectationFailed"),
    .refused(
      "9110/15.5.18", "another one besides", post("Expect: 100-continue, miracles"),
      "417 expectationFailed"),
    .refused(
      "9110/15.5.18", "another one on its own line",
      post("Expect: 100-continue", "Expect: miracles"), "417 expectationFailed"),
    .refused(
      "9110/15.5.18", "a parameter", post("Expect: 100-continue;a=b"), "417 expectationFailed"),
    .refused("9110/15.5.18", "nothing", post("Expect:"), "417 expectationFailed"),
  ]

  static let persistence: [WireCase] = [
    WireCase(
      "9112/9.3.2", "two in a row, in order", get() + "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /", "GET /2"),
    WireCase(
      "9112/9.3.2", "bodies among them",
      post("Content-Length: 2", body: "hi") + chunked("1\r\n!\r\n0\r\n\r\n") + get(),
      "POST / body=hi", "POST / body=!", "GET /"),
    WireCase(
      "9112/2.2", "an empty line between them", get() + "\r\n" + get(), "GET /", "GET /"),
    WireCase(
      "9112/9.3.2", "what is good before what is not", get() + "GET /\r\n", "GET /",
      "400 malformedRequestLine", "last"),
    WireCase("9112/9.6", "close", get("Connection: close") + follower, "GET /", "last"),
    WireCase(
      "9112/9.6", "close in a list, in capitals", get("Connection: a, CLOSE") + follower, "GET /",
      "last"),
    WireCase(
      "9110/5.6.1", "blanks around the elements", get("Connection:\ta \t,\tclose\t") + follower,
      "GET /", "last"),
    WireCase(
      "9112/9.6", "close before TE", get("Connection: close, te") + follower, "GET /", "last"),
    WireCase(
      "9112/9.6", "close on its own line", get("Connection: te", "Connection: close") + follower,
      "GET /", "last"),
    WireCase(
      "9110/5.6.1", "empty elements in the list", get("Connection: ,, close ,") + follower, "GET /",
      "last"),
    WireCase(
      "9112/9.3", "close wins over keep-alive",
      get("Connection: keep-alive", "Connection: close") + follower, "GET /", "last"),
    WireCase(
      "9112/9.6", "what only begins so is not close", get("Connection: closed, close2") + get(),
      "GET /", "GET /"),
    WireCase(
      "9112/9.3", "keep-alive says nothing new", get("Connection: keep-alive") + get(), "GET /",
      "GET /"),
    WireCase("9112/9.3", "HTTP/1.0 closes", "GET / HTTP/1.0\r\n\r\n" + follower, "GET /", "last"),
    WireCase(
      "9112/9.3", "HTTP/1.0 that keeps", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n" + get(),
      "GET /", "GET /"),
    WireCase(
      "9112/9.3", "HTTP/1.0 with keep-alive and close",
      "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n" + follower, "GET /", "last"),
    WireCase(
      "9112/9.3", "HTTP/1.0 after HTTP/1.1", get() + "GET / HTTP/1.0\r\n\r\n" + follower, "GET /",
      "GET /", "last"),
    WireCase(
      "9112/9.6", "nothing is read as a request after the last answer",
      get("Connection: close") + follower + "\0garbage", "GET /", "last"),
  ]

  static let ends: [WireCase] = [
    WireCase("9112/9.6", "nothing at all", "", "close", ends: true),
    WireCase("9112/9.6", "an empty line only", "\r\n", "close", ends: true),
    WireCase("9112/9.6", "half an empty line", "\r", "close", ends: true),
    WireCase("9112/9.6", "after an answer", get(), "GET /", "close", ends: true),
    WireCase(
      "9112/9.6", "with requests still unanswered", get() + get() + get(), "GET /", "GET /",
      "GET /", "close", ends: true),
    WireCase("9112/8", "one letter", "G", "400 truncated", "last", "close", ends: true),
    WireCase("9112/8", "half a head", "GET / HT", "400 truncated", "last", "close", ends: true),
    WireCase(
      "9112/8", "a head without its empty line", "GET / HTTP/1.1\r\nHost: a\r\n",
      "400 truncated", "last", "close", ends: true),
    WireCase(
      "9112/8", "half a body", post("Content-Length: 3", body: "hi"), "400 truncated", "last",
      "close", ends: true),
    WireCase(
      "9112/8", "no body where one was said", post("Content-Length: 3"), "400 truncated", "last",
      "close", ends: true),
    WireCase(
      "9112/8", "half a chunk", chunked("3\r\nhi"), "400 truncated", "last", "close", ends: true),
    WireCase(
      "9112/8", "chunks without the last one", chunked("2\r\nhi\r\n"), "400 truncated", "last",
      "close", ends: true),
    WireCase(
      "9112/8", "the last chunk without the empty line", chunked("0\r\n"), "400 truncated", "last",
      "close", ends: true),
    WireCase(
      "9112/8", "half a request after a whole one", get() + "GET /", "GET /", "400 truncated",
      "last", "close", ends: true),
  ]
}
