import DeployModel

/// A service as the survey suggests it.
struct ServiceProposal {
  var name: String
  var paths: [String]
  var pathsIgnore: [String]
  var build: FoundWorkflow.Build
  /// Empty for the root.
  var context: String
  var dockerfile: String
  var image: String
  /// The image entry's name, where it is not the image.
  var imageName: String?
  var manifest: String
  var migrations: [String]
  var application: FoundApplication?
  /// The workflow that it comes from.
  var workflow: String?
  /// What was guessed, as comments beside it.
  var guesses: [String] = []
}

/// An image that a kustomization sets or uses.
struct ImageSlot: Hashable {
  var kustomization: FoundKustomization
  var entry: FoundKustomization.Entry

  var directory: String { kustomization.directory }
  /// What the directory is called: the last component, or of `overlays/production` what stands
  /// above it.
  var place: String {
    var parts = directory.split(separator: "/").map(String.init)
    while let last = parts.last, Self.stages.contains(last) || Self.layers.contains(last) {
      parts.removeLast()
    }
    return parts.last ?? ""
  }
  /// A stage in the path, such as `production`.
  var stage: String? {
    directory.split(separator: "/").map(String.init).last { Self.stages.contains($0) }
  }

  /// The first of several that name one image: production before others, then the shortest path.
  static func isBetter(_ left: ImageSlot, _ right: ImageSlot) -> Bool {
    func rank(_ slot: ImageSlot) -> Int {
      let isThere = slot.entry.line > 0 ? 0 : 10
      return switch slot.stage {
      case "prod", "production", "live": isThere
      case nil: isThere + (slot.directory.hasSuffix("base") ? 2 : 1)
      default: isThere + 3
      }
    }
    return (rank(left), left.directory.utf8.count, left.directory)
      < (rank(right), right.directory.utf8.count, right.directory)
  }

  private static let stages: Set<String> = [
    "prod", "production", "live", "staging", "stage", "dev", "development", "test", "qa",
    "preview",
  ]
  private static let layers: Set<String> = [
    "base", "overlays", "overlay", "environments", "env", "envs",
  ]
}

/// What services are called: an image's last component, without what all of them begin with.
struct ServiceNames {
  private let prefixes: [String]

  /// - Parameters:
  ///   - images: of everything that may be a service.
  ///   - repository: its name, `mirai-app`.
  init(images: [String], repository: String) {
    var byPrefix: [String: Set<String>] = [:]
    for image in images {
      let tail = ImageText.tail(image)
      if let dash = tail.firstIndex(of: "-") {
        byPrefix[String(tail[...dash]), default: []].insert(tail)
      }
      let parent = ImageText.tail(PathText.directory(of: image))
      if !parent.isEmpty, tail.hasPrefix("\(parent)-") { byPrefix["\(parent)-", default: []] = [] }
    }
    prefixes = byPrefix.filter { prefix, tails in
      tails.isEmpty || tails.count > 1 || "\(repository)-".hasPrefix(prefix)
    }.keys.sorted { $0.utf8.count > $1.utf8.count }
  }

  /// `mirai-backend` → `backend`
  func short(_ image: String) -> String {
    let tail = ImageText.tail(image)
    for prefix in prefixes where tail.hasPrefix(prefix) && tail.utf8.count > prefix.utf8.count {
      return String(tail.dropFirst(prefix.count))
    }
    return tail
  }
}
