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
      if let at = text.firstIndex(of: "@"), ImageRepository(text[..<at]) != nil {
        throw FormFault("must not have a digest: write `\(text[..<at])`")
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
    .text("a platform such as linux/amd64") { isPlatform($0) ? $0 : nil }
  }

  /// RFC 1123, as Kubernetes names its objects: it becomes part of a URL.
  static var kubernetesName: Form {
    .text("a name of lower-case letters, digits, `-` and `.`") { isKubernetesName($0) ? $0 : nil }
  }
}

func isPlatform(_ text: String) -> Bool {
  let parts = text.split(separator: "/", omittingEmptySubsequences: false)
  return (2...3).contains(parts.count)
    && parts.allSatisfy {
      !$0.isEmpty && $0.utf8.count <= 16 && $0.utf8.allSatisfy(isLowerCaseOrDigit)
    }
}

func isKubernetesName(_ text: String) -> Bool {
  guard text.utf8.count <= 253, let first = text.utf8.first, let last = text.utf8.last else {
    return false
  }
  return isLetterOrDigit(first) && isLetterOrDigit(last)
    && text.utf8.allSatisfy { isLowerCaseOrDigit($0) || "-.".utf8.contains($0) }
}

private func isLowerCaseOrDigit(_ byte: UInt8) -> Bool {
  isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
}

func isVariableName(_ text: String) -> Bool {
  guard let first = text.utf8.first, !isDigit(first) else { return false }
  return text.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "_") }
}
