import Posix
import Testing

@Suite struct IPAddressTests {
  @Test(
    "a block has its addresses and no others",
    arguments: [
      ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false),
      ("192.0.2.128/25", "192.0.2.127", false), ("192.0.2.128/25", "192.0.2.255", true),
      ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
      ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false),
      ("2001:db8::/33", "2001:db8:7fff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
      ("10.1.2.3/8", "10.9.9.9", true),
    ])
  func contains(block: String, address: String, isInside: Bool) throws {
    let block = try #require(AddressBlock(block))
    #expect(block.contains(try #require(IPAddress(address))) == isInside)
  }

  @Test(
    "what is no block",
    arguments: [
      "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "::/129", "a/8",
      "10.0.0.0/8/8", "10.0.0.0/8 ", "10.0.0",
    ])
  func noBlock(text: String) { #expect(AddressBlock(text) == nil) }

  @Test("an IPv4 address in IPv6 form is an IPv4 address")
  func unmapped() throws {
    #expect(try #require(IPAddress("::ffff:192.0.2.1")).unmapped == IPAddress("192.0.2.1"))
    #expect(try #require(IPAddress("::fffe:192.0.2.1")).unmapped.bytes.count == 16)
  }
}
