/// Request identifiers: thirteen characters of Crockford's alphabet, unique for practical purposes
/// across restarts. They are names, not secrets. Fifteen bytes or fewer need no allocation.
struct RequestIDs {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> String {
    // SplitMix64: a permutation of a counter, so that nothing repeats within 2^64 requests.
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    mixed ^= mixed >> 31
    let alphabet: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"
    return String(unsafeUninitializedCapacity: 13) { buffer in
      for index in 0..<13 {
        buffer[index] = alphabet.utf8Start[Int(mixed & 31)]
        mixed >>= 5
      }
      return 13
    }
  }
}
