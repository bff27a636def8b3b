import Deflate
import Foundation
import Posix
import Testing

@Suite struct GzipTests {
  /// `printf 'hello, gzip\n' | gzip -n9`
  private let hello: [UInt8] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xd7,
    0x51, 0x48, 0xaf, 0xca, 0x2c, 0xe0, 0x02, 0x00, 0x86, 0x1f, 0x82, 0xa4, 0x0c, 0x00, 0x00, 0x00,
  ]

  @Test("What gzip(1) packed is unpacked")
  func unpacks() throws {
    let plain = try Gzip.decompress(hello, limit: 100)
    #expect(String(decoding: plain, as: UTF8.self) == "hello, gzip\n")
  }

  @Test("gzip(1) unpacks what we pack", arguments: [0, 1, 100_000, 1_000_000])
  func packs(_ count: Int) async throws {
    let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
    let packed = try Gzip.compress(plain)
    let result = try await ChildProcess(
      "gzip", ["-dc"], environment: ["PATH": "/usr/bin:/bin"], input: packed,
      deadline: .seconds(30)
    ).run()
    #expect(result.succeeded)
    #expect(result.output == plain)
  }

  @Test("RFC 1952, section 2.2: members follow one another")
  func members() throws {
    let plain = try Gzip.decompress(hello + hello, limit: 100)
    #expect(String(decoding: plain, as: UTF8.self) == "hello, gzip\nhello, gzip\n")
  }

  @Test("R12: a small stream that unpacks to more than the limit is refused")
  func bomb() throws {
    let packed = try Gzip.compress([UInt8](repeating: 0, count: 10_000_000))
    #expect(packed.count < 20_000)
    #expect(throws: GzipError.tooLarge(limit: 1_000_000)) {
      try Gzip.decompress(packed, limit: 1_000_000)
    }
    #expect(try Gzip.decompress(hello, limit: 12).count == 12)
    #expect(throws: GzipError.tooLarge(limit: 11)) { try Gzip.decompress(hello, limit: 11) }
  }

  @Test("Every cut and every changed checksum is found")
  func damage() {
    for count in 0..<hello.count {
      #expect(throws: GzipError.malformed) {
        try Gzip.decompress(Array(hello[..<count]), limit: 100)
      }
    }
    for index in hello.count - 8..<hello.count {
      var damaged = hello
      damaged[index] ^= 1
      #expect(throws: GzipError.malformed) { try Gzip.decompress(damaged, limit: 100) }
    }
    #expect(throws: GzipError.malformed) { try Gzip.decompress(Array("plain".utf8), limit: 100) }
  }

  @Test("A stream's pieces can each be unpacked as they come, before the next is written")
  func streamed() async throws {
    let stream = try GzipStream()
    var packed: [UInt8] = []
    var plain: [UInt8] = []
    for piece in ["STEP 1\n", "", "STEP 2: é\n", String(repeating: "x", count: 300_000)] {
      packed += try stream.pack(Array(piece.utf8))
      plain += Array(piece.utf8)
      #expect(try await inflated(packed) == plain)
    }
    packed += try stream.finish()
    #expect(try Gzip.decompress(packed, limit: 1_000_000) == plain)
  }

  @Test("gzip(1) unpacks a stream of many pieces, and an empty one")
  func streamsAreGzip() async throws {
    for count in [0, 1, 50] {
      let stream = try GzipStream(level: 1)
      var packed: [UInt8] = []
      var plain: [UInt8] = []
      for number in 0..<count {
        let piece = (0..<7919).map { UInt8(truncatingIfNeeded: ($0 &* number) >> 3) }
        plain += piece
        packed += try stream.pack(piece)
      }
      packed += try stream.finish()
      let result = try await ChildProcess(
        "gzip", ["-dc"], environment: ["PATH": "/usr/bin:/bin"], input: packed,
        deadline: .seconds(30)
      ).run()
      #expect(result.succeeded)
      #expect(result.output == plain)
    }
  }

  @Test("What cannot be made smaller passes through whole")
  func incompressible() throws {
    var state: UInt32 = 1
    let plain = (0..<500_000).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 24)
    }
    let stream = try GzipStream()
    let packed = try stream.pack(plain) + stream.finish()
    #expect(try Gzip.decompress(packed, limit: plain.count) == plain)
  }

  @Test("Nothing is packed after the end")
  func ended() throws {
    let stream = try GzipStream()
    _ = try stream.finish()
    #expect(throws: GzipError.malformed) { try stream.pack([1]) }
  }

  /// What a reader has by now, of a stream that has not ended: its last bytes are then a flush.
  private func inflated(_ packed: [UInt8]) async throws -> [UInt8] {
    let result = try await ChildProcess(
      "python3",
      [
        "-c",
        "import sys, zlib; sys.stdout.buffer.write("
          + "zlib.decompressobj(31).decompress(sys.stdin.buffer.read()))",
      ], environment: ["PATH": "/usr/bin:/bin"], input: packed, deadline: .seconds(30)
    ).run()
    #expect(result.succeeded)
    return result.output
  }
}
