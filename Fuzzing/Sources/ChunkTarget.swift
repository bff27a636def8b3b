import WireKit

@testable import HTTPWire

/// Chunked bodies: the same outcome whole, byte by byte and in sevens, the outcome of the second
/// reading; and whatever is encoded is decoded to the same.
enum ChunkTarget {
  private enum Outcome: Equatable {
    case needMore
    case refused(WireError)
    case complete([UInt8], count: Int)
  }

  static func run(_ input: [UInt8]) {
    for limits in [Judge.lenientLimits, Judge.smallLimits] { judge(input, limits) }
    encode(input)
  }

  private static func judge(_ input: [UInt8], _ limits: WireLimits) {
    let whole = decode(input, by: max(1, input.count), limits)
    for size in [1, 7] {
      let split = decode(input, by: size, limits)
      require(whole == split, "\(shown(input)): \(whole), by \(size) \(split)")
    }
    switch (whole, SecondReading.chunks(input, limits: limits)) {
    case (.complete(let body, let count), .complete(let other, let otherCount)):
      require(body == other && count == otherCount, "\(shown(input)): \(whole), or \(other)")
    // Bytes that the second reading waits for may be hopeless already, as it takes whole lines.
    case (.needMore, .incomplete), (.refused, .incomplete), (.refused, .refused): break
    case (let first, let second): fail("\(shown(input)): \(first), at second \(second)")
    }
  }

  private static func decode(_ input: [UInt8], by size: Int, _ limits: WireLimits) -> Outcome {
    var decoder = ChunkedDecoder(limits: limits)
    var body: [UInt8] = []
    var start = 0
    while start < input.count {
      let piece = Array(input[start..<min(start + size, input.count)])
      let bytes = guarded.place(piece)
      var position = 0
      while true {
        let before = position
        let outcome: ChunkedDecoder.Outcome
        do throws(WireError) {
          outcome = try decoder.decode(bytes.span, from: &position)
        } catch {
          return .refused(error)
        }
        require(position >= before && position <= piece.count, "at \(position) of \(piece.count)")
        switch outcome {
        case .data(let range):
          require(!range.isEmpty && range.upperBound <= position, "data at \(range)")
          body += piece[range]
          continue
        case .end: return .complete(body, count: start + position)
        case .needMore: require(position == piece.count, "\(piece.count - position) bytes left")
        }
        break
      }
      start += piece.count
    }
    return .needMore
  }

  /// The input as a body: each piece is as long as its first byte says.
  private static func encode(_ input: [UInt8]) {
    var encoded: [UInt8] = []
    var rest = input[...]
    while let first = rest.first {
      let piece = rest.prefix(Int(first))
      ChunkedEncoder.write(Array(piece), into: &encoded)
      rest = rest.dropFirst(max(1, piece.count))
      if piece.isEmpty { ChunkedEncoder.write([first], into: &encoded) }
    }
    encoded += ChunkedEncoder.end
    let decoded = decode(encoded + Array("0".utf8), by: 4096, WireLimits())
    require(
      decoded == .complete(input, count: encoded.count), "\(shown(encoded)) is \(decoded)")
  }
}
