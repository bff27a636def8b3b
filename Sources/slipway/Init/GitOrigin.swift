import DeployModel

/// Where the repository was cloned from, read from `.git` itself: to start git in a stranger's
/// repository would be to run what its configuration names.
struct GitOrigin {
  var url: String?
  /// What the remote's was when it was cloned.
  var defaultBranch: String?
  var checkedOut: String?

  init(_ files: RepositoryFiles) {
    do throws(FileFault) {
      url = Self.url(inConfiguration: try files.text(of: ".git/config"))
    } catch {
      // No repository, or a work tree whose own is elsewhere: then it is not known.
      return
    }
    defaultBranch = Self.branch(
      in: ".git/refs/remotes/origin/HEAD", below: "refs/remotes/origin/", files)
    checkedOut = Self.branch(in: ".git/HEAD", below: "refs/heads/", files)
  }

  /// Nil where the file is not there, or names a commit.
  private static func branch(
    in file: String, below prefix: String, _ files: RepositoryFiles
  ) -> String? {
    do throws(FileFault) {
      let text = withoutLineEnd(try files.text(of: file))
      guard text.hasPrefix("ref: \(prefix)") else { return nil }
      return BranchName(String(text.dropFirst("ref: \(prefix)".count)))?.name
    } catch {
      return nil
    }
  }

  /// `url` of `[remote "origin"]`.
  static func url(inConfiguration text: String) -> String? {
    var isOrigin = false
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.trimmed
      if words.hasPrefix("[") {
        isOrigin = words == "[remote \"origin\"]"
      } else if isOrigin, let equals = words.firstIndex(of: "="),
        words[..<equals].trimmed == "url"
      {
        return String(words[words.index(after: equals)...].trimmed)
      }
    }
    return nil
  }
}

extension StringProtocol where SubSequence == Substring {
  var trimmed: Substring {
    var rest = self[...]
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return rest
  }
}
