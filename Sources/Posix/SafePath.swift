import Glibc

package enum SafePathError: Error, Hashable, Sendable, CustomStringConvertible {
  /// An absolute path, `..` above the root, or a symbolic link that leads out of it.
  case leavesRoot(String)
  case malformed(String)
  case tooManyLinks(String)
  case unreadable(String, PosixError)

  package var description: String {
    switch self {
    case .leavesRoot(let path): "\(path) leads out of its directory"
    case .malformed(let path): "\(path.debugDescription) is not a usable path"
    case .tooManyLinks(let path): "\(path) passes too many symbolic links"
    case .unreadable(let path, let error): "\(path) cannot be looked at (\(error))"
    }
  }
}

/// Paths that came from configuration or from a repository and must stay beneath a root (R13).
package enum SafePath {
  /// As the kernel's own limit (path_resolution(7)): ends loops.
  static let linkLimit = 40

  /// `root` joined with `relative`, every symbolic link beneath the root followed:
  /// 1. an absolute path, or an absolute link, is refused: it names the machine's root, not ours;
  /// 2. `..` goes up from where the links led, and never above the root;
  /// 3. what does not exist yet is taken as it is written, but `..` after it is refused.
  ///
  /// The answer holds for the moment of the call: nobody else may write beneath the root meanwhile.
  package static func join(
    root: String, _ relative: String
  ) throws(SafePathError) -> String {
    guard !relative.utf8.contains(0) else { throw .malformed(relative) }
    guard relative.utf8.first != UInt8(ascii: "/") else { throw .leavesRoot(relative) }

    var resolved: [Substring] = []
    var missing = false
    var links = 0
    var waiting = Array(components(relative).reversed())
    while let component = waiting.popLast() {
      if component == "." { continue }
      if component == ".." {
        guard !resolved.isEmpty, !missing else { throw .leavesRoot(relative) }
        resolved.removeLast()
        continue
      }
      resolved.append(component)
      if missing { continue }
      let path = text(root, resolved)
      switch try look(path, relative) {
      case .missing: missing = true
      case .other: break
      case .link(let target):
        links += 1
        guard links <= linkLimit else { throw .tooManyLinks(relative) }
        guard target.utf8.first != UInt8(ascii: "/") else { throw .leavesRoot(relative) }
        resolved.removeLast()
        waiting.append(contentsOf: components(target).reversed())
      }
    }
    return text(root, resolved)
  }

  private enum Found {
    case missing, other
    case link(String)
  }

  private static func look(
    _ path: String, _ relative: String
  ) throws(SafePathError) -> Found {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &buffer, buffer.count)
    if count >= 0 {
      let target = buffer.prefix(count).map { UInt8(bitPattern: $0) }
      return .link(String(decoding: target, as: UTF8.self))
    }
    switch errno {
    case EINVAL: return .other  // it exists and is no link
    case ENOENT, ENOTDIR: return .missing
    default: throw .unreadable(relative, .last("readlink"))
    }
  }

  private static func components(_ path: String) -> [Substring] {
    path.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
  }

  private static func text(_ root: String, _ components: [Substring]) -> String {
    var path = root
    while path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
    for component in components {
      if path.utf8.last != UInt8(ascii: "/") { path += "/" }
      path += component
    }
    return path
  }
}
