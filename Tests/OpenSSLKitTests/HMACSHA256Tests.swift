import OpenSSLKit
import Testing

@Suite("HMAC-SHA256")
struct HMACSHA256Tests {
  struct Vector: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var key: [UInt8]
    var message: [UInt8]
    var code: String
  }

  static let vectors = [
    Vector(
      testDescription: "GitHub's published example",
      key: Array("It's a Secret to Everybody".utf8), message: Array("Hello, World!".utf8),
      code: "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"),
    Vector(
      testDescription: "RFC 4231 case 1: a short key",
      key: Array(repeating: 0x0b, count: 20), message: Array("Hi There".utf8),
      code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    Vector(
      testDescription: "RFC 4231 case 2: a key shorter than the digest",
      key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8),
      code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    Vector(
      testDescription: "RFC 4231 case 3: bytes that are not text",
      key: Array(repeating: 0xaa, count: 20), message: Array(repeating: 0xdd, count: 50),
      code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    Vector(
      testDescription: "RFC 4231 case 6: a key longer than a block",
      key: Array(repeating: 0xaa, count: 131),
      message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    Vector(
      testDescription: "an empty key and an empty message",
      key: [], message: [],
      code: "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
  ]

  @Test("published vectors", arguments: vectors)
  func vector(_ vector: Vector) throws {
    let hmac = try HMACSHA256(key: vector.key.span)
    #expect(hex(try hmac.code(for: vector.message.span)) == vector.code)
    #expect(
      hex(try hmac.code(for: vector.message.span)) == vector.code,
      "a prepared key is not used up by its first message")
  }

  @Test("a code is valid for its own message only")
  func validity() throws {
    let hmac = try HMACSHA256(key: Array("key".utf8).span)
    let message = Array("message".utf8)
    let code = try hmac.code(for: message.span)
    #expect(try hmac.isValid(code.span, for: message.span))
    #expect(try !hmac.isValid(code.span, for: Array("massage".utf8).span))
    #expect(try !hmac.isValid(code.span.extracting(0..<31), for: message.span))
    #expect(try !hmac.isValid([UInt8]().span, for: message.span))
  }

  @Test("one prepared key serves many threads at once")
  func concurrency() async throws {
    let hmac = try HMACSHA256(key: Array("shared".utf8).span)
    let messages = (0..<8).map { [UInt8](repeating: UInt8($0), count: 8_500) }
    let expected = try messages.map { hex(try hmac.code(for: $0.span)) }
    #expect(Set(expected).count == messages.count)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for (message, code) in zip(messages, expected) {
        group.addTask {
          for _ in 0..<200 where hex(try hmac.code(for: message.span)) != code { return false }
          return true
        }
      }
      for try await same in group { #expect(same) }
    }
  }
}

@Suite("Constant-time comparison")
struct ConstantTimeTests {
  @Test("R13: every byte counts, of a code and of any text", arguments: 0..<32)
  func everyByte(_ index: Int) throws {
    let hmac = try HMACSHA256(key: Array("key".utf8).span)
    let message = Array("message".utf8)
    var code = try hmac.code(for: message.span)
    let right = code.span.indices.map { code[$0] }
    #expect(try hmac.isValid(code.span, for: message.span))
    code[index] ^= 1
    let wrong = code.span.indices.map { code[$0] }
    #expect(try !hmac.isValid(code.span, for: message.span))
    #expect(ConstantTime.equal(right, right))
    #expect(!ConstantTime.equal(right, wrong))
  }

  @Test("equal only if length and every byte agree")
  func equality() {
    #expect(ConstantTime.equal([], []))
    #expect(ConstantTime.equal([1, 2, 3], [1, 2, 3]))
    #expect(!ConstantTime.equal([1, 2, 3], [1, 2]))
    #expect(!ConstantTime.equal([1, 2, 3], [0, 2, 3]))
    #expect(!ConstantTime.equal([1, 2, 3], [1, 2, 2]))
  }
}

private func hex(_ code: HMACSHA256.Code) -> String {
  let digits = Array("0123456789abcdef")
  return code.span.indices.map { "\(digits[Int(code[$0] >> 4)])\(digits[Int(code[$0] & 15)])" }
    .joined()
}
