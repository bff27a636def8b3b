/// At each limit and one beyond it; `Corpus.limits` says how large they are here.
extension Corpus {
  private static func line(method: Int, target: Int) -> String {
    many("M", method) + " /" + many("t", target - 1) + " HTTP/1.1\r\n"
  }

  /// A request whose head has this many bytes in all.
  private static func head(_ count: Int) -> String {
    let rest = "GET / HTTP/1.1\r\nHost: a\r\nA: \r\n\r\n"
    return "GET / HTTP/1.1\r\nHost: a\r\nA: " + many("b", count - rest.utf8.count) + "\r\n\r\n"
  }

  private static func fields(_ count: Int) -> String {
    "GET / HTTP/1.1\r\nHost: a\r\n" + (1..<count).map { "A\($0): b\r\n" }.joined() + "\r\n"
  }

  static let atTheLimits: [WireCase] = [
    WireCase(
      "9110/4.1", "a target as long as it may be",
      line(method: 3, target: 200) + "Host: a\r\n\r\n", "MMM /" + many("t", 199)),
    .refused(
      "9110/15.5.15", "a target one byte longer", line(method: 3, target: 201),
      "414 targetTooLong"),
    .refused(
      "9110/15.5.15", "a target without an end", "GET /" + many("t", 300), "414 targetTooLong"),
    WireCase(
      "9112/3", "a method as long as it may be", line(method: 32, target: 1) + "Host: a\r\n\r\n",
      many("M", 32) + " /"),
    .refused(
      "9112/3", "a method one byte longer", line(method: 33, target: 1), "501 unsupportedMethod"),
    .refused("9112/3", "a method without an end", many("M", 300), "501 unsupportedMethod"),
    WireCase(
      "9112/3", "a line as long as it may be", line(method: 32, target: 200) + "Host: a\r\n\r\n",
      many("M", 32) + " /" + many("t", 199)),
    .refused(
      "9110/15.5.15", "a line one byte longer", line(method: 32, target: 201),
      "414 targetTooLong"),
    WireCase("6585/5", "a head as large as it may be", head(1 << 10), "GET /"),
    .refused("6585/5", "a head one byte larger", head(1 << 10 + 1), "431 headTooLarge"),
    .refused(
      "6585/5", "a head whose last byte is one too many", head(1 << 10 - 1).dropLast(2) + "bbb\r\n",
      "431 headTooLarge"),
    .refused(
      "6585/5", "a field without an end", get("A: " + many("b", 2 << 10)), "431 headTooLarge"),
    WireCase("6585/5", "as many fields as there may be", fields(100), "GET /"),
    .refused("6585/5", "one field more", fields(101), "431 tooManyFields"),
  ]
}
