package import Foundation

/// Files that tests read. Ours are in the package; those of other repositories stay outside it, at
/// `SLIPWAY_FIXTURES` or `../shared/fixtures`, and tests that need them say that they were skipped.
package enum Fixtures {
  package static let packageRoot = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Nil where the folder is absent: a lone clone.
  package static let shared: URL? = {
    let configured = ProcessInfo.processInfo.environment["SLIPWAY_FIXTURES"]
    let folder =
      configured.map { URL(fileURLWithPath: $0) }
      ?? packageRoot.deletingLastPathComponent().appending(path: "shared/fixtures")
    return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
  }()

  /// For `.enabled(if:)`, which prints the comment of a test that it skips.
  package static var areShared: Bool { shared != nil }
}
