import CPosix

/// Bytes from the kernel's generator, fit for keys and tokens.
package enum SystemRandom {
  package static func bytes(_ count: Int) throws(PosixError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let code = bytes.withUnsafeMutableBytes { slipway_random($0.baseAddress, $0.count) }
    guard code == 0 else { throw PosixError("getrandom", code) }
    return bytes
  }
}
