import Yams

/// A kustomization, and the images that it names or whose pods it makes.
struct FoundKustomization: Hashable, Sendable {
  struct Entry: Hashable, Sendable {
    var name: String
    var newName: String?
    var line: Int

    /// The image that runs, without a tag.
    var image: String { newName ?? name }
  }

  var directory: String
  var file: String
  var entries: [Entry]
  /// Files beside it that it lists as resources.
  var resources: [String]
  /// Images of containers in those files, without tags.
  var containers: [String] = []

  static let names = ["kustomization.yaml", "kustomization.yml", "Kustomization"]

  init(path: String, _ root: Node) {
    directory = PathText.directory(of: path)
    file = path
    entries = (root.mapping?["images"]?.sequence ?? []).compactMap { node in
      guard let name = node.text("name"), !name.isEmpty else { return nil }
      return Entry(
        name: name, newName: node.text("newName").flatMap { $0.isEmpty ? nil : $0 },
        line: node.line)
    }
    resources = (root.texts("resources") ?? []).compactMap { text in
      guard !text.contains("://"), text.hasSuffix(".yaml") || text.hasSuffix(".yml") else {
        return nil
      }
      let directory = PathText.directory(of: path)
      return directory.isEmpty ? text : "\(directory)/\(text)"
    }
  }
}

/// Images of containers in a manifest, as kustomize finds them: `image` in every item of
/// `containers` and `initContainers`.
enum ContainerImages {
  /// R12: aliases let a small file stand for a large tree.
  private static let nodeLimit = 20_000

  static func of(_ document: Node) -> [String] {
    var images: [String] = []
    var left = nodeLimit
    collect(document, into: &images, left: &left)
    return images
  }

  private static func collect(_ node: Node, into images: inout [String], left: inout Int) {
    left -= 1
    guard left > 0 else { return }
    switch node {
    case .mapping(let mapping):
      for (key, value) in mapping {
        if ["containers", "initContainers"].contains(key.scalar?.string ?? ""),
          case .sequence(let containers) = value
        {
          images += containers.compactMap { $0.text("image").map(ImageText.withoutTag) }
        }
        collect(value, into: &images, left: &left)
      }
    case .sequence(let items): for item in items { collect(item, into: &images, left: &left) }
    case .scalar, .alias: break
    }
  }
}

enum ImageText {
  /// `ghcr.io/acme/shop/api:1@sha256:…` → `ghcr.io/acme/shop/api`
  static func withoutTag(_ image: String) -> String {
    let bare = image.prefix { $0 != "@" }
    let start = bare.lastIndex(of: "/") ?? bare.startIndex
    return String(bare[start...].firstIndex(of: ":").map { bare[..<$0] } ?? bare)
  }

  /// `api`
  static func tail(_ image: String) -> String { PathText.name(of: image) }

  /// Equal, or equal after what only a run knows.
  static func isAlike(_ image: String, _ other: String) -> Bool {
    let other = other.lowercased()
    guard let unknown = image.lastIndex(of: WorkflowValues.unknown) else { return image == other }
    let rest = image[image.index(after: unknown)...]
    return rest.utf8.count > 2 && other.hasSuffix(rest)
  }
}
