import Foundation
import TestKit

/// The repository that every town begins with: made once, and copied.
package struct Ground: Sendable {
  private let monorepo: Monorepo

  package init() async throws {
    monorepo = try await Monorepo.make(services: Town.services, registry: "registry.test/shop")
    let origin = monorepo.origin
    // Housekeeping would be half of what git does here.
    for setting in ["gc.auto", "receive.autogc", "maintenance.auto"] {
      try await shell("git", "-C", origin, "config", setting, "0")
    }
    try FileManager.default.removeItem(atPath: "\(origin)/hooks")
  }

  /// Without a work tree: people commit where the branch is.
  func copy() throws -> Monorepo {
    let copy = Monorepo(
      directory: try TemporaryDirectory(), services: monorepo.services, registry: monorepo.registry)
    try FileManager.default.copyItem(atPath: monorepo.origin, toPath: copy.origin)
    return copy
  }
}
