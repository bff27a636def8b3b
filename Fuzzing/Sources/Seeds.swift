import Glibc
import WireKit

/// The corpus of the tests, as files for libFuzzer.
enum Seeds {
  static func write(_ target: Target, to directory: String) {
    let inputs: [[UInt8]] =
      switch target {
      case .head: Corpus.cases.map(\.input)
      case .chunks: Corpus.cases.compactMap(chunkedBody)
      // The second half: what is decided. Left out, everything is as usual.
      case .connection: Corpus.cases.flatMap { [$0.input, $0.input + Array("#azbyCXdweV".utf8)] }
      case .path: Corpus.cases.compactMap(target(of:))
      case .json, .answer: []
      }
    for (number, input) in inputs.enumerated() { write(input, to: "\(directory)/case-\(number)") }
  }

  /// Behind the head of a chunked request.
  private static func chunkedBody(_ wireCase: WireCase) -> [UInt8]? {
    let mark = Array("Transfer-Encoding: chunked\r\n\r\n".utf8)
    return wireCase.input.indices.first { wireCase.input[$0...].starts(with: mark) }
      .map { Array(wireCase.input[($0 + mark.count)...]) }
  }

  private static func target(of wireCase: WireCase) -> [UInt8]? {
    let parts = wireCase.input.prefix { $0 != 13 }.split(separator: 32)
    return parts.count == 3 ? Array(parts[1]) : nil
  }

  private static func write(_ bytes: [UInt8], to path: String) {
    guard let file = fopen(path, "w") else { fail("\(path) cannot be written") }
    let count = fwrite(bytes, 1, bytes.count, file)
    require(fclose(file) == 0 && count == bytes.count, "\(path) cannot be written")
  }
}
