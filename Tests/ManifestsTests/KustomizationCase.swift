import DeployModel
import Foundation
import Manifests
import TestKit
import Testing

/// A directory of `Fixtures`: `before.yaml`, and what becomes of it: `after.yaml` or `refused.txt`.
struct KustomizationCase: CustomTestStringConvertible, Sendable {
  let name: String

  static let all: [KustomizationCase] = {
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    return (names ?? []).filter { !$0.hasPrefix(".") }.sorted().map(KustomizationCase.init)
  }()

  static let folder = Fixtures.packageRoot.appending(path: "Tests/ManifestsTests/Fixtures")

  var testDescription: String { name }

  /// The image that the case is about; the `append-` ones have no entry for theirs.
  var image: String {
    if name.hasPrefix("append-") || name == "pin-append" { return "ghcr.io/acme/shop/mailer" }
    switch name {
    case "short-name-newname": return "api"
    case "name-with-port": return "registry.example.com:5000/shop/api"
    case "service-frontend", "anchor-merge-other", "anchor-tag-other":
      return "ghcr.io/acme/shop/web"
    default: return "ghcr.io/acme/shop/api"
    }
  }

  /// The `pin-` ones are about `manifest: { pin: digest }`.
  var pin: ImagePin { name.hasPrefix("pin-") ? .digest : .tag }

  func bytes(_ file: String) -> [UInt8]? {
    FileManager.default.contents(atPath: Self.folder.appending(path: "\(name)/\(file)").path)
      .map { [UInt8]($0) }
  }
}

extension KustomizationEdit {
  static func make(
    _ image: String = "ghcr.io/acme/shop/api", tag: String = "1e52216",
    repository: String = "registry.example.com/built", pin: ImagePin = .tag
  ) throws -> KustomizationEdit {
    struct Malformed: Error {}
    guard let repository = ImageRepository(repository), let tag = ImageTag(tag),
      let digest = ImageDigest("sha256:" + String(repeating: "ab", count: 32))
    else { throw Malformed() }
    return KustomizationEdit(
      imageName: image, repository: repository, tag: tag, digest: digest, pin: pin)
  }
}

/// The same numbers on every run.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  // SplitMix64 (Steele, Lea, Flood 2014).
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
