import OpenSSLKit

/// Rendezvous hashing: every service has its own order of the builders, so that it comes back to the
/// one that has its layers; whose builder is away goes to its next, and nobody else moves.
enum RendezvousOrder {
  static func of(_ addresses: [String], for key: String) -> [String] {
    addresses.map { (weight: weight(of: $0, for: key), address: $0) }
      .sorted { ($1.weight, $0.address) < ($0.weight, $1.address) }
      .map(\.address)
  }

  private static func weight(of address: String, for key: String) -> String {
    SHA256.hexDigest(of: Array("\(key.utf8.count):\(key),\(address)".utf8))
  }
}
