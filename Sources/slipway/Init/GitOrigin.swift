import DeployModel

/// Where the repository was cloned from, read from `.git` itself: to start git in a stranger's
/// repository would be to run what its configuration names.
struct GitOrigin {
  var url: String?
  var branch: String?

  init(_ files: RepositoryFiles) {
    do throws(FileFault) {
      url = Self.url(inConfiguration: try files.text(of: ".git/config"))
    } catch {
      // No repository, or a work tree whose own is elsewhere: then it is not known.
      return
    }
    for (file, prefix) in [
      (".git/refs/remotes/origin/HEAD", "refs/remotes/origin/"), (".git/HEAD", "refs/heads/"),
    ] {
      do throws(FileFault) {
        let text = withoutLineEnd(try files.text(of: file))
        guard text.hasPrefix("ref: \(prefix)") else { continue }
        branch = BranchName(String(text.dropFirst("ref: \(prefix)".count)))?.name
        if branch != nil { return }
      } catch {
        continue
      }
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
