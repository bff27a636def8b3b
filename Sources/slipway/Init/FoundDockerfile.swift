import Images

/// A Dockerfile, and what of it says what it is for.
struct FoundDockerfile: Hashable, Sendable {
  var path: String
  /// Of `Dockerfile.marketing` and `marketing.Dockerfile`: `marketing`.
  var variant: String?
  /// Build arguments that have no default.
  var openArguments: [String]
  /// What it copies from its context, as written.
  var sources: [String]

  var directory: String { PathText.directory(of: path) }
  /// What somebody would call what it builds; empty for one at the root.
  var name: String { variant ?? PathText.name(of: directory) }

  static func isName(_ name: String) -> Bool {
    if name == "Dockerfile" || name == "Containerfile" { return true }
    let isVariant =
      name.hasPrefix("Dockerfile.") || name.hasPrefix("Containerfile.")
      || name.hasSuffix(".Dockerfile") || name.hasSuffix(".dockerfile")
    return isVariant && !name.hasSuffix(".dockerignore") && !name.hasSuffix(".md")
  }

  init(path: String, bytes: [UInt8]) {
    self.path = path
    variant = Self.variant(of: PathText.name(of: path))
    openArguments = []
    sources = []
    for instruction in DockerfileInstructions(bytes) {
      let words = Self.words(bytes[instruction.range])
      switch instruction.keyword {
      case "ARG":
        openArguments += words.dropFirst().filter { !$0.contains("=") && isVariableName($0) }
      case "COPY", "ADD": take(copied: words)
      default: break
      }
    }
    var seen: Set<String> = []
    openArguments = openArguments.filter {
      !Self.predefined.contains($0) && seen.insert($0).inserted
    }
  }

  /// What BuildKit sets by itself.
  private static let predefined: Set<String> = [
    "TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT", "BUILDPLATFORM", "BUILDOS",
    "BUILDARCH", "BUILDVARIANT",
  ]

  /// Without flags, stages of its own, addresses, here-documents and variables: what is left is
  /// there or not.
  private mutating func take(copied words: [String]) {
    let flags = words.dropFirst().prefix { $0.hasPrefix("--") }
    guard !flags.contains(where: { $0.hasPrefix("--from") }) else { return }
    let operands = words.dropFirst(1 + flags.count)
    guard operands.count >= 2, operands.first?.hasPrefix("[") == false else { return }
    sources += operands.dropLast().filter { word in
      !word.contains("://") && !word.contains("$") && !word.hasPrefix("<<")
        && !word.contains(where: { "*?[]\"'".contains($0) })
    }
  }

  private static func variant(of name: String) -> String? {
    for prefix in ["Dockerfile.", "Containerfile."] where name.hasPrefix(prefix) {
      return String(name.dropFirst(prefix.count))
    }
    for suffix in [".Dockerfile", ".dockerfile"] where name.hasSuffix(suffix) {
      return String(name.dropLast(suffix.count))
    }
    return nil
  }

  private static func words(_ bytes: ArraySlice<UInt8>) -> [String] {
    let blank: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
    return bytes.split(whereSeparator: blank.contains).map { String(decoding: $0, as: UTF8.self) }
      .filter { $0 != "\\" }
  }
}
