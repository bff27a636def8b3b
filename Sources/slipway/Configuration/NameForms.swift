import DeployModel

/// Text that stands for a value of the model.
extension Form where Value == RepositoryName {
  static var repositoryName: Form {
    .text("the name of one of `repositories`") { RepositoryName($0) }
  }
}

extension Form where Value == RepositoryPath {
  static var repositoryPath: Form {
    .text("a path in the repository") { text throws(FormFault) in
      guard let path = RepositoryPath(text) else {
        throw FormFault(
          "must stay inside the repository: relative, without `..` or `.git`, not `\(text.shown)`")
      }
      return path
    }
  }
}

extension Form where Value == ImageRepository {
  static var imageName: Form {
    .text("an image's name such as ghcr.io/acme/shop/api") { text throws(FormFault) in
      if let image = ImageRepository(text) { return image }
      if text.contains("@") {
        throw FormFault("must not have a digest: write `\(text.prefix { $0 != "@" })`")
      }
      let lastSlash = text.lastIndex(of: "/") ?? text.startIndex
      if let colon = text[lastSlash...].lastIndex(of: ":"), ImageRepository(text[..<colon]) != nil {
        throw FormFault(
          "must not have a tag, for each build has its own: write `\(text[..<colon])`")
      }
      if text.contains("://") {
        throw FormFault("must not have a scheme: write it as `docker pull` takes it")
      }
      if ImageRepository(text.lowercased()) != nil {
        throw FormFault("must be lower case: write `\(text.lowercased())`")
      }
      throw FormFault("must be an image's name such as ghcr.io/acme/shop/api, not `\(text.shown)`")
    }
  }
}

extension Form where Value == String {
  /// `os/architecture` or `os/architecture/variant`.
  static var platform: Form {
    .text("a platform such as linux/amd64") { text -> String? in
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      let isLower = { (byte: UInt8) in
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      }
      guard (2...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 16 }),
        parts.allSatisfy({ $0.utf8.allSatisfy(isLower) })
      else { return nil }
      return text
    }
  }

  /// RFC 1123, as Kubernetes names its objects: it becomes part of a URL.
  static var kubernetesName: Form {
    .text("a name of lower-case letters, digits, `-` and `.`") { text -> String? in
      let isPlain = text.utf8.allSatisfy { byte in
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
          || "-.".utf8.contains(byte)
      }
      guard isPlain, text.utf8.count <= 253, let first = text.utf8.first, let last = text.utf8.last,
        isLetterOrDigit(first), isLetterOrDigit(last)
      else { return nil }
      return text
    }
  }
}

func isVariableName(_ text: String) -> Bool {
  guard let first = text.utf8.first, !isDigit(first) else { return false }
  return text.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "_") }
}
