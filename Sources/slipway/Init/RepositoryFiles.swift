import FoundationEssentials
import Glibc
import Posix

/// The files of a repository that a survey may want to look at. Whose repository it is nobody knows
/// (R13): symbolic links are not followed, nothing outside is read, and everything is bounded (R12).
struct RepositoryFiles {
  let root: String
  /// Regular files of interest, relative to the root, sorted.
  private(set) var paths: [String] = []
  private(set) var doubts: [Doubt] = []
  private var left = entryLimit

  /// R12: a large monorepo has some tens of thousands of files.
  static let entryLimit = 200_000
  /// R12: deeper than that nobody keeps manifests.
  static let depthLimit = 16
  /// R12: of one file. Kustomizations, workflows and Dockerfiles have some kilobytes.
  static let fileLimit = 1 << 20

  /// Packages of others: their Dockerfiles build nothing of ours.
  private static let foreign: Set<String> = [
    ".git", "node_modules", "vendor", "bower_components", "__pycache__", ".terraform",
  ]

  init(root: String) throws(FileFault) {
    self.root = root
    var status = stat()
    guard stat(root, &status) == 0 else { throw FileFault(reason: "it does not exist") }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw FileFault(reason: "it is no directory") }
    look(in: "", depth: 0)
    paths.sort()
    if left <= 0 {
      doubts.append(
        Doubt("", "there are more than \(Self.entryLimit) files; not all were looked at"))
    }
  }

  /// - Throws: a reason that continues "cannot be read: ".
  func bytes(of path: String) throws(FileFault) -> [UInt8] {
    let file: String
    do throws(SafePathError) {
      file = try SafePath.join(root: root, path)
    } catch {
      throw FileFault(reason: "\(error)")
    }
    return try readFile(file, limit: Self.fileLimit)
  }

  func text(of path: String) throws(FileFault) -> String {
    guard let text = String(validating: try bytes(of: path), as: UTF8.self) else {
      throw FileFault(reason: "it is not UTF-8 text")
    }
    return text
  }

  /// Whether something of that name is there, inside the root.
  func exists(_ path: String) -> Bool {
    do throws(SafePathError) {
      var status = stat()
      return lstat(try SafePath.join(root: root, path), &status) == 0
    } catch {
      return false
    }
  }

  private mutating func look(in directory: String, depth: Int) {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(
        atPath: directory.isEmpty ? root : "\(root)/\(directory)")
    } catch {
      doubts.append(Doubt(directory, "it cannot be looked into"))
      return
    }
    for name in names.sorted() {
      left -= 1
      guard left > 0 else { return }
      let path = directory.isEmpty ? name : "\(directory)/\(name)"
      var status = stat()
      guard lstat("\(root)/\(path)", &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR:
        let isHidden = name.hasPrefix(".") && name != ".github"
        if isHidden || Self.foreign.contains(name) { continue }
        if depth < Self.depthLimit { look(in: path, depth: depth + 1) }
      case S_IFREG where Self.isOfInterest(name): paths.append(path)
      case S_IFLNK where Self.isOfInterest(name):
        doubts.append(Doubt(path, "it is a symbolic link and was not looked at"))
      default: break
      }
    }
  }

  private static func isOfInterest(_ name: String) -> Bool {
    name == "Kustomization" || name.hasSuffix(".yaml") || name.hasSuffix(".yml")
      || name.hasSuffix(".sql") || FoundDockerfile.isName(name)
  }
}

/// Paths of a repository, taken apart.
enum PathText {
  /// Empty for what stands at the root.
  static func directory(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }

  static func name(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }

  static func isInside(_ path: String, _ directory: String) -> Bool {
    directory.isEmpty || path == directory || path.hasPrefix("\(directory)/")
  }
}
