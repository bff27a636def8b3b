/// Takes the chunks out of a chunked body (RFC 9112 section 7.1), wherever its bytes were split.
/// Extensions and trailers are checked, limited and thrown away.
struct ChunkedDecoder: Sendable {
  enum Outcome: Hashable, Sendable {
    /// Body bytes, where they stand.
    case data(Range<Int>)
    case needMore
    case end
  }

  private enum State: Sendable {
    case size(Int, digits: Int)
    case extensions(Int, ChunkExtension)
    case sizeLineFeed(Int)
    case data(Int)
    case dataReturn
    case dataLineFeed
    case trailerStart
    case trailerName
    case trailerValue
    case trailerLineFeed
    case endLineFeed
    case ended
  }

  private let limits: WireLimits
  private var state = State.size(0, digits: 0)
  private var extensionBytes = 0
  private var trailerBytes = 0
  private var trailerFields = 0
  /// 15 digits are 2^60: enough for any body, and no sum of it overflows.
  private static let sizeDigits = 15

  init(limits: WireLimits) {
    self.limits = limits
  }

  /// What is still to come of a chunk whose size is known.
  var announced: Int {
    if case .data(let remaining) = state { remaining } else { 0 }
  }

  /// Reads on from `position`, and moves it behind what was used.
  mutating func decode(
    _ bytes: borrowing Span<UInt8>, from position: inout Int
  ) throws(WireError) -> Outcome {
    while position < bytes.count {
      if case .data(let remaining) = state {
        let end = min(bytes.count, position + remaining)
        let range = position..<end
        state = remaining == range.count ? .dataReturn : .data(remaining - range.count)
        position = end
        return .data(range)
      }
      if case .ended = state { return .end }
      state = try next(bytes[position])
      position += 1
    }
    if case .ended = state { return .end }
    return .needMore
  }

  private mutating func next(_ byte: UInt8) throws(WireError) -> State {
    switch state {
    case .size(let size, let digits):
      if let digit = byte.hexValue {
        guard digits < Self.sizeDigits else { throw .malformedChunk }
        return .size(size << 4 | digit, digits: digits + 1)
      }
      guard digits > 0 else { throw .malformedChunk }
      if byte == Byte.carriageReturn { return .sizeLineFeed(size) }
      return try countExtension(size, ChunkExtension.gap.next(byte))
    case .extensions(let size, let place):
      if byte == Byte.carriageReturn, place.mayEnd { return .sizeLineFeed(size) }
      return try countExtension(size, place.next(byte))
    case .sizeLineFeed(let size):
      guard byte == Byte.lineFeed else { throw .malformedChunk }
      return size == 0 ? .trailerStart : .data(size)
    case .dataReturn:
      guard byte == Byte.carriageReturn else { throw .malformedChunk }
      return .dataLineFeed
    case .dataLineFeed:
      guard byte == Byte.lineFeed else { throw .malformedChunk }
      return .size(0, digits: 0)
    case .trailerStart:
      if byte == Byte.carriageReturn { return .endLineFeed }
      trailerFields += 1
      guard trailerFields <= limits.trailerFields else { throw .trailersTooLarge }
      guard byte.isToken else { throw .malformedField }
      return try countTrailer(.trailerName)
    case .trailerName:
      if byte == Byte.colon { return try countTrailer(.trailerValue) }
      guard byte.isToken else { throw .malformedField }
      return try countTrailer(.trailerName)
    case .trailerValue:
      if byte == Byte.carriageReturn { return try countTrailer(.trailerLineFeed) }
      guard byte.isText else { throw .malformedField }
      return try countTrailer(.trailerValue)
    case .trailerLineFeed:
      guard byte == Byte.lineFeed else { throw .malformedField }
      return try countTrailer(.trailerStart)
    case .endLineFeed:
      guard byte == Byte.lineFeed else { throw .malformedChunk }
      return .ended
    case .data, .ended: return state
    }
  }

  private mutating func countExtension(
    _ size: Int, _ place: ChunkExtension?
  ) throws(WireError) -> State {
    guard let place else { throw .malformedChunk }
    extensionBytes += 1
    guard extensionBytes <= limits.chunkExtensions else { throw .chunkExtensionsTooLarge }
    return .extensions(size, place)
  }

  private mutating func countTrailer(_ state: State) throws(WireError) -> State {
    trailerBytes += 1
    guard trailerBytes <= limits.trailers else { throw .trailersTooLarge }
    return state
  }
}
