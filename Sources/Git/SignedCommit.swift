import DeployModel
import OpenSSLKit

/// A commit object with a signature, and the name that git gives it.
struct SignedCommit {
  let id: CommitSHA
  let bytes: [UInt8]

  /// - Parameter unsigned: a commit object with one parent, and no signature.
  /// - Throws: whatever `sign` does, and `failed` for anything else than such an object.
  init(
    _ unsigned: [UInt8], onto parent: CommitSHA,
    sign: ([UInt8]) async throws(GitError) -> String
  ) async throws(GitError) {
    let payload = try Self.replacingParent(of: unsigned, with: parent)
    let signature = try await sign(payload)
    guard let headerEnd = payload.firstRange(of: Array("\n\n".utf8))?.lowerBound else {
      throw .failed("git wrote a commit without a message")
    }
    // One header, its further lines each after a blank (gitformat-signature(5)).
    let name = parent.hex.utf8.count == 40 ? "gpgsig" : "gpgsig-sha256"
    let lines = signature.split(separator: "\n", omittingEmptySubsequences: false)
    let header = "\n\(name) " + lines.joined(separator: "\n ")
    bytes = payload[..<headerEnd] + Array(header.utf8) + payload[headerEnd...]
    let hash = OneShotDigest(idLength: parent.hex.utf8.count)
    let digest = hash(Array("commit \(bytes.count)\0".utf8) + bytes)
    guard let id = CommitSHA(ObjectID(raw: digest[...]).hex) else {
      throw .failed("a signed commit has no name")
    }
    self.id = id
  }

  private static func replacingParent(
    of commit: [UInt8], with parent: CommitSHA
  ) throws(GitError) -> [UInt8] {
    let key = Array("\nparent ".utf8)
    guard let start = commit.firstRange(of: key)?.upperBound,
      let end = commit[start...].firstIndex(of: UInt8(ascii: "\n")),
      !commit[end...].starts(with: key)
    else { throw .failed("git wrote a commit without exactly one parent") }
    return commit[..<start] + Array(parent.hex.utf8) + commit[end...]
  }
}

/// A pack of commits as `git index-pack --stdin` takes it (gitformat-pack(5)). Stored, not
/// compressed: they live on this machine, and git packs anew what it sends.
struct CommitPack {
  private(set) var bytes: [UInt8]

  init(_ commits: [SignedCommit], idLength: Int) {
    bytes = Array("PACK".utf8) + Self.bigEndian(2) + Self.bigEndian(UInt32(commits.count))
    for commit in commits {
      bytes += Self.header(size: commit.bytes.count)
      bytes += Self.stored(commit.bytes)
    }
    bytes += OneShotDigest(idLength: idLength)(bytes)
  }

  /// Kind 1, a commit, and the size: four bits, then seven at a time.
  private static func header(size: Int) -> [UInt8] {
    var rest = size >> 4
    var bytes = [UInt8(1 << 4 | (size & 15))]
    while rest > 0 {
      bytes[bytes.count - 1] |= 0x80
      bytes.append(UInt8(rest & 0x7F))
      rest >>= 7
    }
    return bytes
  }

  /// RFC 1950 around RFC 1951's blocks without compression.
  private static func stored(_ content: [UInt8]) -> [UInt8] {
    var result: [UInt8] = [0x78, 0x01]
    var start = 0
    repeat {
      let end = min(content.count, start + 0xFFFF)
      let length = UInt16(end - start)
      result.append(end == content.count ? 1 : 0)
      for half in [length, ~length] { result += [UInt8(half & 0xFF), UInt8(half >> 8)] }
      result += content[start..<end]
      start = end
    } while start < content.count
    var (low, high): (UInt32, UInt32) = (1, 0)
    for byte in content {
      low = (low + UInt32(byte)) % 65521
      high = (high + low) % 65521
    }
    return result + bigEndian(high << 16 | low)
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }
}

extension OneShotDigest {
  fileprivate init(idLength: Int) { self = idLength == 40 ? .sha1 : .sha256 }
}
