import Testing

@testable import RESTAPI

@Suite struct QueryReaderTests {
  @Test(
    "each name with its values in order, decoded after splitting",
    arguments: [
      ("a=1&b=2&a=3", "a", ["1", "3"]), ("a=b=c", "a", ["b=c"]), ("a", "a", [""]),
      ("a=", "a", [""]),
      ("&&a=1&", "a", ["1"]), ("=1", "", ["1"]), ("a+b=c+d", "a b", ["c d"]),
      ("a%3Db=c%26d", "a=b", ["c&d"]), ("a=%2B", "a", ["+"]), ("%C3%A9=%c3%a9", "é", ["é"]),
      // A combining mark does not hide what it follows.
      ("a=1&\u{301}=2&a=3", "a", ["1", "3"]),
    ])
  func values(query: String, name: String, values: [String]) throws {
    #expect(try QueryReader(query).values(name) == values)
  }

  @Test(arguments: ["a=%", "a=%4", "%zz=1", "a=%+1", "a=%FF", "a=%C3&b=%A9"])
  func badEncoding(query: String) {
    #expect(throws: Problem.self) { try QueryReader(query) }
  }

  @Test(
    "numbers are digits, within their limits",
    arguments: [
      "limit=0", "limit=201", "limit=+5", "limit=-1", "limit=", "limit=5&limit=5", "limit=５",
      "limit=99999999999999999999",
    ])
  func limits(query: String) throws {
    let reader = try QueryReader(query)
    #expect(throws: Problem.self) { try reader.limit() }
  }
}
