import OpenSSLKit

/// Keeps buildah's layer cache honest. Its key for a step is the step's text as written, with build
/// arguments only for `RUN`, and without the platform (seen in 1.28.2): `LABEL v=$V`, `ENV`, or
/// `COPY f /$V/` with a changed argument, and a stage for another platform, are served from the
/// cache with the old result. The *names* of declared arguments that have a value are part of the
/// key, so each `ARG` that a passed value reaches gets a declaration before it whose name holds a
/// hash of that value, and each `FROM` one after it for the platform. Steps before the `ARG` stay
/// cached. The declared value is empty; `RUN` steps see it in their environment, the image does not.
struct DockerfileGuard {
  static let prefix = "SLIPWAY_"

  let arguments: [String: String]
  let platform: String?

  /// The Dockerfile with the declarations put in; every other byte stays.
  func apply(to dockerfile: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var isInStage = false
    for instruction in DockerfileInstructions(dockerfile) {
      let text = dockerfile[instruction.range]
      switch instruction.keyword {
      case "ARG":
        // Before the first FROM it serves FROM alone, whose base image is part of the key.
        if isInStage, let marker = marker(for: text) { result += marker }
        result += text
      case "FROM":
        isInStage = true
        result += text
        if let platform {
          if result.last != UInt8(ascii: "\n") { result.append(UInt8(ascii: "\n")) }
          result += declaration([platform])
        }
      default: result += text
      }
    }
    return result
  }

  private func marker(for instruction: ArraySlice<UInt8>) -> [UInt8]? {
    let words = Set(
      instruction.split { !Self.isNameByte($0) }.map { String(decoding: $0, as: UTF8.self) })
    // A value that mentions another argument's name may add that one: a miss too many, no harm.
    let named = arguments.filter { words.contains($0.key) }.sorted { $0.key < $1.key }
    return named.isEmpty ? nil : declaration(named.flatMap { [$0.key, $0.value] })
  }

  private func declaration(_ values: [String]) -> [UInt8] {
    var hash = SHA256()
    for value in values { hash.update(Array("\(value.utf8.count):\(value),".utf8)) }
    return Array("ARG \(Self.prefix)\(hash.hexDigest().prefix(16))=\n".utf8)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
