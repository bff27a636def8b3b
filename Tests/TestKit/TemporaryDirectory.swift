package import Foundation

/// A directory that is gone when the last reference is.
package final class TemporaryDirectory: Sendable {
  package let url: URL
  package var path: String { url.path }

  package init(_ label: String = "slipway-test") throws {
    url = FileManager.default.temporaryDirectory
      .appending(path: "\(label)-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit {
    do {
      try FileManager.default.removeItem(at: url)
    } catch {
      print("could not remove \(url.path): \(error)")
    }
  }

  package func appending(_ path: String) -> String { url.appending(path: path).path }

  @discardableResult
  package func write(_ text: String, to path: String) throws -> String {
    let file = url.appending(path: path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return file.path
  }
}
